-- Drill-down must end where it began: an employee's monthly value is the sum of the rows explain shows for it.
{{ config(meta={'dagster': {'ref': {'name': 'fct_kpi_measurements'}}}) }}

with walked as (
    select
        contributions.metric_id,
        contributions.employee_no,
        measurements.period_id,
        sum(contributions.numerator) as numerator,
        sum(contributions.denominator) as denominator
    from {{ ref('fct_kpi_measurements') }} as measurements
    inner join {{ ref('fct_kpi_contributions') }} as contributions
        on
            measurements.metric_id = contributions.metric_id
            and measurements.subject_id = contributions.employee_no
            and contributions.occurred_on >= measurements.period_start
            and contributions.occurred_on < measurements.period_end
            and contributions.occurred_on < {{ as_of_date() }}
    where measurements.grain = 'employee' and measurements.cadence = 'month' and measurements.state = 'ok'
    group by contributions.metric_id, contributions.employee_no, measurements.period_id
)

select walked.*, measurements.numerator as measured_numerator, measurements.denominator as measured_denominator
from walked
inner join {{ ref('fct_kpi_measurements') }} as measurements
    on
        walked.metric_id = measurements.metric_id
        and walked.employee_no = measurements.subject_id
        and walked.period_id = measurements.period_id
        and measurements.grain = 'employee'
where
    walked.numerator <> measurements.numerator
    -- a target of the month in the feed may outrank the contribution it made, never differ from it
    or (measurements.denominator is not null and walked.denominator <> measurements.denominator)
