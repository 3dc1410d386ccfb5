{#- `changes.<model>`: the rows a table lost (`_is_new` false) and gained, each under the version it happened in. -#}
{% macro begin_change_log(relation) -%}
    {% call statement('begin_log') -%}
        create or replace table changes.{{ relation.identifier }} as
        select cast(0 as bigint) as _version, true as _is_new, * from {{ relation }} limit 0
    {%- endcall %}
{%- endmacro %}

{#- Logs how `temp.<model>__delta` differs from the rows it replaces; gives the number of rows lost and gained. -#}
{% macro log_changes(relation, condition, version, appended=none) -%}
    {%- set delta = 'temp.' ~ relation.identifier ~ '__delta' -%}
    {%- set log = 'changes.' ~ relation.identifier -%}
    {% call statement('log') -%}
        {% if appended -%}
        insert into {{ log }} by name select {{ version }} as _version, true as _is_new, * from {{ delta }}
        {%- else -%}
        insert into {{ log }} by name
        select {{ version }} as _version, sum(_rows) > 0 as _is_new, * exclude (_rows)
        from (
            select 1 as _rows, * from {{ delta }}
            union all by name
            select -1 as _rows, * from {{ relation }} where {{ condition }}
        )
        group by all
        having sum(_rows) <> 0
        {%- endif %}
    {%- endcall %}
    {{ return(run_query('select count(*) from ' ~ log ~ ' where _version = ' ~ version).rows[0][0]) }}
{%- endmacro %}
