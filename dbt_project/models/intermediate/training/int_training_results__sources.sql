-- One row per learner and course in the training system, and per row of the feed. Who left a course keeps what they
-- had completed: that it happened does not change.
with enrolments as (
    select *, {{ learner('employee_no', 'user_id') }} as source_user_id
    from {{ ref('stg_moodle__enrolments') }}
    where is_learner
),

exams as (
    select
        source_user_id,
        course_id,
        max(exam_on) as exam_on,
        max_by(exam_score, exam_on) as exam_score
    from {{ ref('int_exams__sources') }}
    group by source_user_id, course_id
)

select
    'moodle' as source_system,
    case when completions.source_key is null then 'enrolments' else 'completions' end as source_stream,
    coalesce(completions.source_key, enrolments.source_key) as source_key,
    coalesce(completions.load_id, enrolments.load_id) as load_id,
    enrolments.source_user_id,
    courses.course_id,
    courses.course_name,
    completions.completed_on,
    completions.passed_on,
    exams.exam_score,
    exams.exam_on
from enrolments
inner join {{ ref('stg_moodle__courses') }} as courses on enrolments.moodle_course_id = courses.moodle_course_id
left join {{ ref('stg_moodle__completions') }} as completions
    on
        enrolments.moodle_course_id = completions.moodle_course_id
        and enrolments.user_id = completions.user_id
left join exams on enrolments.source_user_id = exams.source_user_id and courses.course_id = exams.course_id
where not enrolments.is_deleted or completions.completed_on is not null
union all
select
    'file_drop',
    'training_results',
    source_key,
    load_id,
    employee_no,
    course_id,
    course_name,
    completed_on,
    passed_on,
    exam_score,
    exam_on
from {{ ref('stg_file_drop__training_results') }}
where not is_deleted
