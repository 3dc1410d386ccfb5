{#- Every value is found in the other model, among the rows that are meant. -#}
{% test relationships_where(model, column_name, to, field, where="true", to_where="true") %}
select ours.{{ column_name }}
from {{ model }} as ours
where
    ours.{{ column_name }} is not null
    and {{ where }}
    and not exists (
        select 1 from {{ to }} as theirs
        where theirs.{{ field }} = ours.{{ column_name }} and {{ to_where }}
    )
{% endtest %}
