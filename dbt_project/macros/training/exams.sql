{#- A grade as a mark out of 100 with four decimals, half away from zero, in whole numbers all the way: DuckDB divides
    decimals as floating-point numbers. Null where nothing was taken, or where there is nothing to reach. -#}
{% macro mark_of_100(grade, lowest, highest) -%}
    {%- set reached -%}cast(({{ grade }} - {{ lowest }}) * 100000 as bigint){%- endset -%}
    {%- set possible -%}cast(({{ highest }} - {{ lowest }}) * 100000 as bigint){%- endset -%}
    case
        when {{ highest }} > {{ lowest }}
            then cast(
                cast(divide(2000000 * {{ reached }} + {{ possible }}, 2 * {{ possible }}) as decimal(18, 0))
                * cast(0.0001 as decimal(5, 4)) as decimal(9, 4)
            )
    end
{%- endmacro %}

{#- Whose account a learner's is: the employee number, or `user:<id>` where the site knows none (identity_map may). -#}
{% macro learner(employee_no, user_id) -%}
    coalesce({{ employee_no }}, 'user:' || {{ user_id }})
{%- endmacro %}

{#- When the last of the criteria `s` that fulfil a condition was met; null where none was. -#}
{% macro moment_of(steps, condition) -%}
    to_timestamp(list_max(list_transform(list_filter({{ steps }}, lambda s: {{ condition }}), lambda s: s.timecompleted)))
{%- endmacro %}
