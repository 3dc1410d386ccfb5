-- The only place a measured value comes from: fct_kpi_measurements are sums over these rows.
{{ config(meta={'day': 'occurred_on'}) }}
{{ affected_days('occurred_on', contribution_days(this)) }}

with of_people as (
    select * from {{ ref('int_kpi_contributions__leads') }}
    union all
    select * from {{ ref('int_kpi_contributions__spend') }}
    union all
    select * from {{ ref('int_kpi_contributions__social') }}
    union all
    select * from {{ ref('int_kpi_contributions__sales') }}
    union all
    select * from {{ ref('int_kpi_contributions__opportunities') }}
    union all
    select * from {{ ref('int_kpi_contributions__targets') }}
    union all
    select * from {{ ref('int_kpi_contributions__customers') }}
    union all
    select * from {{ ref('int_kpi_contributions__conduct') }}
    union all
    select * from {{ ref('int_kpi_contributions__people') }}
    union all
    select * from {{ ref('int_kpi_contributions__website') }}
),

subjects as (
    select *, cast(null as varchar) as team_id, cast(null as varchar) as department_id
    from of_people
    union all
    -- what is about a team itself names it; what is about a person counts for the team of the day
    select * from {{ ref('int_kpi_contributions__surveys') }}
)

select
    concat_ws(
        '|',
        subjects.metric_id,
        subjects.source_system || '.' || subjects.source_stream,
        subjects.source_key,
        subjects.role,
        cast(subjects.occurred_on as varchar),
        coalesce(subjects.employee_no, '-')
    ) as contribution_id,
    subjects.metric_id,
    subjects.employee_no,
    coalesce(case when seats.sits_in_team then seats.team_id end, subjects.team_id) as team_id,
    coalesce(seats.department_id, subjects.department_id) as department_id,
    cast(subjects.occurred_on as date) as occurred_on,
    cast(subjects.numerator as decimal(38, 6)) as numerator,
    cast(subjects.denominator as decimal(38, 6)) as denominator,
    subjects.counts_for_company,
    subjects.source_system,
    subjects.source_stream,
    subjects.source_key,
    subjects.load_id
from subjects
left join {{ ref('int_employees__assignments') }} as seats
    on
        subjects.employee_no = seats.employee_no
        and subjects.occurred_on >= seats.credit_from
        and subjects.occurred_on < seats.credit_to
where
    (subjects.numerator <> 0 or subjects.denominator <> 0)
    and {{ is_affected(occurred_on='subjects.occurred_on') }}
