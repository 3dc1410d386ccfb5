{#- A list of words as the inside of an SQL `in (…)`. -#}
{% macro quoted_list(words) -%}
    {%- for word in words %}'{{ word | replace("'", "''") }}'{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}
