{#- Half-open validity intervals of one subject neither overlap nor run backwards. A null end is open. -#}
{% test mutually_exclusive_ranges(model, from_column, to_column, partition_by) %}
with ranges as (
    select
        {{ partition_by | join(', ') }},
        {{ from_column }} as range_start,
        {{ to_column }} as range_end,
        lead({{ from_column }}) over (
            partition by {{ partition_by | join(', ') }} order by {{ from_column }}, {{ to_column }} nulls last
        ) as next_start
    from {{ model }}
)

select *
from ranges
where
    range_start is null
    or range_end <= range_start
    or next_start < range_end
    or (range_end is null and next_start is not null)
{% endtest %}
