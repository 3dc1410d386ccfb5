select
    employee_no,
    course_id,
    course_name,
    completed_on,
    passed_on,
    cast(exam_score as decimal(9, 4)) as exam_score,
    exam_on,
    'file_drop' as source_system,
    'training_results' as source_stream,
    source_key,
    load_id
from {{ ref('stg_file_drop__training_results') }}
where not is_deleted
