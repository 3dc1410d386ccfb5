{{ follows(ref('int_training_results')) }}

select
    employee_no,
    course_id,
    course_name,
    completed_on,
    passed_on,
    cast(exam_score as decimal(9, 4)) as exam_score,
    exam_on,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_training_results') }}
where employee_no is not null and {{ is_affected() }}
