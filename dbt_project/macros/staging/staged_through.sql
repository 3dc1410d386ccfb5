{#- How far each staging model has read its raw table. Kept beside the models, not derived from them: rejected rows and
    rows replaced since leave no trace there. -#}
{% macro ensure_staging_control() -%}
    create schema if not exists staging_control;
    create table if not exists staging_control.staged_through (
        model varchar not null, load_seq bigint not null, definition varchar not null
    );
    create table if not exists staging_control.rejected_records (
        model varchar not null, source_system varchar not null, source_stream varchar not null,
        source_key varchar not null, column_name varchar not null, reason varchar not null, payload json,
        load_id varchar not null, load_seq bigint not null
    );
{%- endmacro %}

{#- `load_seq` up to which this model is built (-1: nothing yet) and the `definition` it was built with. -#}
{% macro staged_through() -%}
    {%- set nothing = {'load_seq': -1, 'definition': ''} -%}
    {%- if not execute or model.resource_type != 'model' or flags.WHICH not in ('build', 'run') -%}
        {{ return(nothing) }}
    {%- endif -%}
    {%- set rows = run_query(
        "select load_seq, definition from staging_control.staged_through where model = '" ~ model.name ~ "'"
    ).rows -%}
    {{ return({'load_seq': rows[0][0] | int, 'definition': rows[0][1]} if rows else nothing) }}
{%- endmacro %}

{#- Written so that the materialization can recognise it and widen it to the whole history. -#}
{% macro only_newer_than(load_seq, prefix='') -%}
    {{ prefix }}_load_seq > {{ load_seq }} /* staged through */
{%- endmacro %}
