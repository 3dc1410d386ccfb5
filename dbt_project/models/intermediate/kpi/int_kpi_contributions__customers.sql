-- One row per customer-file metric, customer and month, credited to the owner on the day the month is measured.
{{ config(materialized='view') }}

with files as (
    select * from {{ ref('int_customer_month_ends') }}
),

measured as (
    select *, 'customer_file_coverage' as metric_id, case when has_file then 1 else 0 end as numerator, 1 as denominator
    from files
    union all
    select *, 'customer_file_update_rate', case when is_updated then 1 else 0 end, 1
    from files
    union all
    select *, 'customer_file_accuracy', correct_field_count, checked_field_count
    from files
    where has_file
)

select
    metric_id,
    owner_employee_no as employee_no,
    measured_on as occurred_on,
    'month_end' as role,
    numerator,
    denominator,
    true as counts_for_company,
    source_system,
    source_stream,
    source_key,
    load_id
from measured
