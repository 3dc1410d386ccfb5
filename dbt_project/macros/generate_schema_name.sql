{#- Schemas are named in full: staging, intermediate, marts. One warehouse holds one company. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
