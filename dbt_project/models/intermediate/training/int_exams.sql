-- One row per person, course and day an exam was graded, each sitting on its own day; from the feed where that is who
-- knows the course of that person.
select
    'moodle' as source_system,
    'grades' as source_stream,
    exams.source_key,
    exams.load_id,
    results.employee_no,
    exams.course_id,
    exams.exam_on,
    exams.exam_score
from {{ ref('int_exams__sources') }} as exams
inner join {{ ref('int_training_results') }} as results
    on
        results.source_system = 'moodle'
        and exams.source_user_id = results.source_user_id
        and exams.course_id = results.course_id
union all
select
    source_system,
    source_stream,
    source_key,
    load_id,
    employee_no,
    course_id,
    exam_on,
    exam_score
from {{ ref('int_training_results') }}
where source_system = 'file_drop' and exam_on is not null and exam_score is not null
