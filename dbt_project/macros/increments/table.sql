{#- Keeps a table equal to its SQL at the cost of what changed. It stands in for dbt's own `table`, whose constraints and
    contracts it keeps: whoever adds a table gets this.

    Every table logs the rows it lost and gained in `changes.<model>`, under a version that rises with each change. A model
    is left alone when no input has a new version. Otherwise it is built again whole and compared with what stood there,
    unless it says how a change of an input reaches its own rows (affected.sql): then only those rows are deleted and
    inserted. An input that changed and is not covered by what the model says, a changed definition, a log that does not
    reach back far enough and `--full-refresh` build it from everything: a larger window, never a wrong one.

    The SQL of a model is always that of the whole build; it is narrowed here, so that unit tests, compiled SQL and other
    engines see one text. All of it is one transaction. -#}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set told = read_affected(sql) -%}
    {%- set stamps = input_stamps(sql) -%}
    {%- set state = increment_state() -%}
    {%- set definition = definition_of(sql) -%}
    {%- set afresh = existing is none or should_full_refresh() or state.definition != definition
        or (told.grows and not covers_changes(told, stamps, state)) -%}
    {%- set outcome = namespace(version=state.version, base=state.base, changed=false) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if afresh %}
        {% set outcome.version = state.version + 1 %}
        {% set outcome.base = outcome.version %}
        {% set outcome.changed = true %}
        {% if existing is not none and existing.type != 'table' %}{% do adapter.drop_relation(existing) %}{% endif %}
        {% call statement('main') -%}
            drop table if exists {{ target_relation }};
            {{ create_table_as(False, target_relation, plain_sql(sql) ~ order_by_day()) }}
        {%- endcall %}
        {% do begin_change_log(target_relation) %}
    {% elif stamps.texts == state.seen and not told.appended %}
        {% call noop_statement('main', 'UNCHANGED', 'UNCHANGED', 0) %}{% endcall %}
    {% else %}
        {%- set condition = affected_condition(told, state) -%}
        {% if condition == 'false' %}
            {% call noop_statement('main', 'UNAFFECTED', 'UNAFFECTED', 0) %}{% endcall %}
        {% else %}
            {% call statement('main') -%}
                create or replace temp table {{ this.identifier }}__delta as
                select * from (
                    {{ narrowed_sql(sql, told, state) }}
                ) as built where {{ condition }}
            {%- endcall %}
            {% set changed_rows = log_changes(target_relation, condition, state.version + 1, told.appended) %}
            {% if changed_rows > 0 %}
                {% set outcome.version = state.version + 1 %}
                {% set outcome.changed = true %}
                {% call statement('apply') -%}
                    {% if not told.appended %}delete from {{ target_relation }} where {{ condition }};{% endif %}
                    insert into {{ target_relation }} by name
                    select * from temp.{{ this.identifier }}__delta{{ order_by_day() }}
                {%- endcall %}
            {% endif %}
            {% call statement('clean') -%} drop table temp.{{ this.identifier }}__delta {%- endcall %}
        {% endif %}
    {% endif %}
    {% do remember_increment(definition, outcome, stamps, state) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% if afresh %}{% do persist_docs(target_relation, model) %}{% endif %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- `meta.day` names a date column whose order the rows are kept in, so that a look at few days reads few blocks. -#}
{% macro order_by_day() -%}
    {%- set day = config.get('meta', {}).get('day') -%}
    {{ '\norder by ' ~ day if day }}
{%- endmacro %}
