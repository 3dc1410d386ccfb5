-- One row per metric of service and training, and record of a register, credited to the person it names.
{{ config(materialized='view') }}

with measured as (
    select
        'service_score' as metric_id, employee_no, answered_on as occurred_on, 'rating' as role,
        score as numerator, 1 as denominator, source_system, source_stream, source_key, load_id
    from {{ ref('int_service_scores') }}
    union all
    select
        'training_exam_score', employee_no, exam_on, 'exam', exam_score, 1,
        source_system, source_stream, source_key, load_id
    from {{ ref('int_exams') }}
    union all
    select
        'training_completion_rate', employee_no, measured_on, 'month_end',
        case when is_completed then 1 else 0 end, 1, source_system, source_stream, source_key, load_id
    from {{ ref('int_course_month_ends') }}
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
