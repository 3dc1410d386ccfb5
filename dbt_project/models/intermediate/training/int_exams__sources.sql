-- One row per learner, course and day on which the training system graded an exam; of several versions of one day, or
-- several exams, the last stands for the day.
with days as (
    select
        moodle_course_id,
        source_user_id,
        graded_on,
        max_by(exam_score, (load_seq, source_key)) as exam_score,
        max_by(source_key, (load_seq, source_key)) as source_key,
        max_by(load_id, (load_seq, source_key)) as load_id
    from {{ ref('int_exam_versions') }}
    group by moodle_course_id, source_user_id, graded_on
)

select
    days.source_key,
    days.load_id,
    days.source_user_id,
    courses.course_id,
    days.graded_on as exam_on,
    days.exam_score
from days
inner join {{ ref('stg_moodle__courses') }} as courses on days.moodle_course_id = courses.moodle_course_id
