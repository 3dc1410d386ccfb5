{#- A ratio for showing only: null where there is nothing to divide by. Rules and pay use numerator and denominator. -#}
{% macro safe_ratio(numerator, denominator) -%}
    {{ numerator }} / nullif({{ denominator }}, 0)
{%- endmacro %}
