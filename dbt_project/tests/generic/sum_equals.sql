{#- The sum of a column is the sum of a column of another model, per group where one is given: nothing fanned out or lost. -#}
{% test sum_equals(model, column_name, to, to_column, group_by=[], where="true", to_where="true") %}
{%- set keys = group_by | join(', ') %}
with ours as (
    select {{ keys ~ ',' if keys }} sum({{ column_name }}) as total
    from {{ model }}
    where {{ where }}
    {{ 'group by ' ~ keys if keys }}
),

theirs as (
    select {{ keys ~ ',' if keys }} sum({{ to_column }}) as total
    from {{ to }}
    where {{ to_where }}
    {{ 'group by ' ~ keys if keys }}
)

select ours.total as our_total, theirs.total as their_total
from ours
full outer join theirs on {% if keys %}{% for key in group_by %}{{ 'and ' if not loop.first }}ours.{{ key }} = theirs.{{ key }} {% endfor %}{% else %}true{% endif %}
where coalesce(ours.total, 0) != coalesce(theirs.total, 0)
{% endtest %}
