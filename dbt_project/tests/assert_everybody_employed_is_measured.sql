-- Everybody employed in a month has a row for each metric that applies to everybody: a person without rows would be
-- paid nothing, silently.
{{ config(meta={'dagster': {'ref': {'name': 'fct_kpi_measurements'}}}) }}

with expected as (
    select distinct seats.employee_no, periods.period_id, metrics.metric_id
    from {{ ref('dim_employee_assignments') }} as seats
    inner join {{ ref('int_kpi_periods') }} as periods
        on
            seats.valid_from < periods.period_end
            and (seats.valid_to is null or seats.valid_to > periods.period_start)
    inner join {{ source('reference', 'metric_catalogue') }} as metrics
        on
            len(metrics.applies_to_departments) = 0
            and list_contains(metrics.grains, 'employee')
            and list_contains(metrics.cadences, periods.cadence)
)

select expected.*
from expected
left join {{ ref('fct_kpi_measurements') }} as measurements
    on
        measurements.grain = 'employee'
        and expected.employee_no = measurements.subject_id
        and expected.period_id = measurements.period_id
        and expected.metric_id = measurements.metric_id
where measurements.metric_id is null
