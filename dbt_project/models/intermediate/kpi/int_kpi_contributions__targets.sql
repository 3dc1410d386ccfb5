-- One row per employee and month with a sales target: the denominator of attainment, so that what somebody is held
-- against can be walked back to the file it came from. Targets of teams and of longer periods are read directly.
{{ config(materialized='view') }}

with targets as (
    select * from {{ ref('stg_file_drop__targets') }}
    where not is_deleted and metric_id = 'sales_revenue_attainment' and grain = 'employee'
)

select
    targets.metric_id,
    targets.subject_id as employee_no,
    months.month_start as occurred_on,
    'target' as role,
    0 as numerator,
    targets.target as denominator,
    true as counts_for_company,
    'file_drop' as source_system,
    'targets' as source_stream,
    targets.source_key,
    targets.load_id
from targets
inner join {{ ref('int_months') }} as months on targets.period_id = months.period_id
