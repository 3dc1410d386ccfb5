{#- What is left of a name when people spell it differently: its letters and digits, in lower case. -#}
{% macro canonical_key(text) -%}
    nullif(regexp_replace(lower({{ text }}), '[^\p{L}\p{N}]', '', 'g'), '')
{%- endmacro %}
