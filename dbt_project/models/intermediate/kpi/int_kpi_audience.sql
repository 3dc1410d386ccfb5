-- One row per metric, grain, subject and period that must have a measurement even if nothing happened: people
-- employed at any time of the period, teams and departments that had people, and the company.
{% set periods_affected -%}
    select period_id from {{ changed(ref('int_kpi_periods')) }}
    union all
    select periods.period_id
    from {{ ref('int_kpi_periods') }} as periods
    inner join {{ changed(ref('int_employees__assignments')) }}
        on
            int_employees__assignments_changes.valid_from < periods.period_end
            and coalesce(int_employees__assignments_changes.valid_to > periods.period_start, true)
{%- endset %}
{{ affected_by('period_id', periods_affected) }}

with metrics as (
    select * from {{ source('reference', 'metric_catalogue') }}
),

seats as (
    select distinct
        assignments.employee_no,
        assignments.department_id,
        assignments.team_id,
        assignments.sits_in_team,
        periods.period_id,
        periods.cadence
    from {{ ref('int_employees__assignments') }} as assignments
    inner join {{ ref('int_kpi_periods') }} as periods
        on
            assignments.valid_from < periods.period_end
            and (assignments.valid_to is null or assignments.valid_to > periods.period_start)
    where {{ is_affected(period_id='periods.period_id') }}
),

subjects as (
    select distinct 'employee' as grain, employee_no as subject_id, department_id, period_id, cadence
    from seats
    union all
    select distinct 'team', team_id, department_id, period_id, cadence
    from seats
    where sits_in_team
    union all
    select distinct 'department', department_id, department_id, period_id, cadence
    from seats
    union all
    select 'company', 'company', null, period_id, cadence
    from {{ ref('int_kpi_periods') }}
    where {{ is_affected() }}
)

select distinct metrics.metric_id, subjects.grain, subjects.subject_id, subjects.period_id
from metrics
inner join subjects
    on
        list_contains(metrics.grains, subjects.grain)
        and list_contains(metrics.cadences, subjects.cadence)
where
    len(metrics.applies_to_departments) = 0
    or list_contains(metrics.applies_to_departments, subjects.department_id)
    or subjects.grain = 'company'
