{#- The one way to look into JSON: all fields of an object in a single reading, as a list of texts in the order asked.
    A path is a field name as the vendor writes it (dots belong to the name); `/` steps into a nested object. -#}
{% macro json_texts(column, paths) -%}
    {{ adapter.dispatch('json_texts', 'incentives')(column, paths) }}
{%- endmacro %}

{% macro duckdb__json_texts(column, paths) -%}
    json_extract_string({{ column }}, [
        {%- for path in paths %}{{ json_path(path) }}{{ ', ' if not loop.last }}{% endfor -%}
    ])
{%- endmacro %}

{% macro json_path(path) -%}
    '$."{{ path.replace("'", "''").split("/") | join('"."') }}"'
{%- endmacro %}

{#- The texts of one field of every object in a JSON array. -#}
{% macro json_list(text, field) -%}
    coalesce(json_extract_string(try_cast({{ text }} as json), '$[*]."{{ field }}"'), [])
{%- endmacro %}

{#- The texts of a JSON array of texts. -#}
{% macro json_words(text) -%}
    coalesce(json_extract_string(try_cast({{ text }} as json), '$[*]'), [])
{%- endmacro %}
