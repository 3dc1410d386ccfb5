{#- Keeps a staging table at the latest good version of every key, and its rejects beside it.

    Only what was loaded since the last build is read. A model whose definition changed is built from all history by
    itself. All of it is one transaction: a run that dies leaves the table and the place it has read to as they were.
    `meta.day` names a date column that never changes for a key: rows are kept in its order, and a replacement only
    looks at the days it is about. -#}
{% materialization staged, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set through = staged_through() -%}
    {%- set everything = sql | replace('_load_seq > ' ~ through.load_seq ~ ' /*', '_load_seq > -1 /*') -%}
    {%- set definition = local_md5(everything) -%}
    {%- set state = increment_state() -%}
    {%- set afresh = existing is none or should_full_refresh() or through.definition != definition
        or state.version == 0 -%}
    {%- set delta = 'temp.' ~ this.identifier ~ '__delta' -%}
    {%- set body = '* exclude (reject_reasons, reject_payload)' -%}
    {%- set day = config.get('meta', {}).get('day') -%}
    {%- set version = state.version + 1 -%}
    {%- set log = 'changes.' ~ this.identifier -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        create or replace temp table {{ this.identifier }}__delta as {{ everything if afresh else sql }}
    {%- endcall %}
    {%- set found = run_query(
        'select count(*), max(load_seq)' ~ (', min(' ~ day ~ '), max(' ~ day ~ ')' if day else '') ~ ' from ' ~ delta
    ).rows[0] -%}

    {% if afresh or found[0] > 0 %}
        {% call statement('apply') -%}
            {% if afresh -%}
                drop table if exists {{ target_relation }};
                create table {{ target_relation }} as
                select {{ body }} from {{ delta }} where reject_reasons = '' order by {{ day or 'load_seq' }};
                delete from staging_control.rejected_records where model = '{{ model.name }}';
                create or replace table {{ log }} as
                select cast(0 as bigint) as _version, true as _is_new, * from {{ target_relation }} limit 0;
            {%- else -%}
                {%- set replaced -%}
                    source_key in (select source_key from {{ delta }})
                    {%- if day and found[2] %}
                    and {{ day }} between date '{{ found[2] }}' and date '{{ found[3] }}'
                    {%- endif -%}
                {%- endset -%}
                insert into {{ log }} by name
                select {{ version }} as _version, false as _is_new, * from {{ target_relation }} where {{ replaced }};
                insert into {{ log }} by name
                select {{ version }} as _version, true as _is_new, {{ body }} from {{ delta }} where reject_reasons = '';
                delete from {{ target_relation }} where {{ replaced }};
                insert into {{ target_relation }} by name
                select {{ body }} from {{ delta }} where reject_reasons = '' order by {{ day or 'load_seq' }};
                delete from staging_control.rejected_records
                where model = '{{ model.name }}' and source_key in (select source_key from {{ delta }});
            {%- endif %}
            insert into staging_control.rejected_records by name {{ rejects_of(delta) }};
            delete from staging_control.staged_through where model = '{{ model.name }}';
            insert into staging_control.staged_through
            values ('{{ model.name }}', {{ found[1] if found[1] is not none else -1 }}, '{{ definition }}');
        {%- endcall %}
        {% set outcome = {'version': version, 'base': version if afresh else state.base, 'changed': true} %}
        {% do remember_increment(definition, outcome, {'texts': {}}, state) %}
    {% endif %}
    {% call statement('clean') -%} drop table {{ delta }} {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- One row per rejected record and failing column. A deleted record is of no consequence, good or bad. -#}
{% macro rejects_of(delta) -%}
    {%- set parts = model.name.split('__') -%}
    select
        '{{ model.name }}' as model,
        '{{ parts[0] | replace("stg_", "", 1) }}' as source_system,
        '{{ parts[1] }}' as source_stream,
        source_key,
        split_part(complaint, ': ', 1) as column_name,
        split_part(complaint, ': ', 2) as reason,
        reject_payload as payload,
        load_id,
        load_seq
    from (
        select *, unnest(string_split(reject_reasons, '; ')) as complaint
        from {{ delta }}
        where reject_reasons != '' and not is_deleted
    )
    order by source_key, column_name
{%- endmacro %}
