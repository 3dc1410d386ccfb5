{#- The one increment of models that grow with history: the last days are deleted and inserted whole.
    A model says `config(materialized='incremental', incremental_strategy='window_replace', meta={'window_column': …})`
    and filters its input by `in_window(…)`. A first build and `--full-refresh` take everything. -#}
{% macro get_incremental_window_replace_sql(arg_dict) -%}
    {%- set column = model.config.meta.get('window_column') -%}
    {%- if not column -%}
        {{ exceptions.raise_compiler_error(model.name ~ ': window_replace needs meta.window_column') }}
    {%- endif -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }} where {{ column }} >= {{ window_start() }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }} where {{ column }} >= {{ window_start() }}
{%- endmacro %}

{#- First business date that is rewritten. `window_start` may be passed to reach back further, say after a backfill. -#}
{% macro window_start() -%}
    {%- if var('window_start', none) -%}
        cast('{{ var("window_start") }}' as date)
    {%- else -%}
        {{ add_days(as_of_date(), '-' ~ var('window_days')) }}
    {%- endif -%}
{%- endmacro %}

{#- Condition on a date column: inside the window when the model is built incrementally, else always true. -#}
{% macro in_window(column) -%}
    {% if is_incremental() %}{{ column }} >= {{ window_start() }}{% else %}true{% endif %}
{%- endmacro %}
