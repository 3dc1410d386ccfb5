-- One row per metric of conduct and management duty, and record of a register, credited to the person it names.
{{ config(materialized='view') }}

with breaches as (
    select * from {{ ref('int_policy_breaches') }} where status = 'confirmed'
),

complaints as (
    select *, {{ business_date('due_at') }} as due_on
    from {{ ref('int_complaints') }}
    where due_at is not null
),

inputs as (
    select * from {{ ref('int_product_inputs') }}
),

reports as (
    select * from {{ ref('int_competitor_reports') }}
),

measured as (
    select
        'policy_breach_count' as metric_id,
        employee_no,
        occurred_on,
        'breach' as role,
        1 as numerator,
        0 as denominator,
        source_system,
        source_stream,
        source_key,
        load_id
    from breaches
    union all
    select
        'rectification_rate', employee_no, coalesce(rectify_due_on, occurred_on), 'due',
        case when rectified_on <= coalesce(rectify_due_on, rectified_on) then 1 else 0 end, 1,
        source_system, source_stream, source_key, load_id
    from breaches
    union all
    select
        'complaint_resolution_rate', employee_no, due_on, 'due',
        case when closed_at <= due_at then 1 else 0 end, 1, source_system, source_stream, source_key, load_id
    from complaints
    union all
    select
        'product_input_count', employee_no, submitted_on, 'submitted', 1, 0,
        source_system, source_stream, source_key, load_id
    from inputs
    union all
    select
        'product_input_adoption_rate', employee_no, submitted_on, 'submitted', 0, 1,
        source_system, source_stream, source_key, load_id
    from inputs
    union all
    select
        'product_input_adoption_rate', employee_no, decided_on, 'adopted', 1, 0,
        source_system, source_stream, source_key, load_id
    from inputs
    where decided_on is not null and decision = 'adopted'
    union all
    select
        'competitor_response_hours', employee_no, discovered_on, 'report', response_seconds, 3600,
        source_system, source_stream, source_key, load_id
    from reports
    where submitted_at is not null
    union all
    select
        'competitor_report_quality', employee_no, discovered_on, 'report',
        case when is_on_time and is_complete then coalesce(quality_score, 0) else 0 end, 1,
        source_system, source_stream, source_key, load_id
    from reports
)

select
    metric_id,
    employee_no,
    occurred_on,
    role,
    numerator,
    denominator,
    true as counts_for_company,
    source_system,
    source_stream,
    source_key,
    load_id
from measured
