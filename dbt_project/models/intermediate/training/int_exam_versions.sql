-- One row per landed version of a graded exam: its mark and day. Read from the landed versions, because an exam that is
-- taken again gets another mark and another day under the same key: the month it was first sat in must not move.
-- Versions are never rewritten, so each night appends what is new.
{{ appended_by('load_seq') }}

with versions as (
    select
        _key as source_key,
        _load_id as load_id,
        _load_seq as load_seq,
        {{ json_texts('payload', [
            'courseid', 'userid', 'useridnumber', 'itemmodule', 'graderaw', 'grademin', 'grademax', 'gradedategraded'
        ]) }} as texts
    from {{ source('raw_moodle', 'grades') }}
    where
        not _is_deleted and {{ is_newer('_load_seq') }}
),

typed as (
    select
        source_key,
        load_id,
        load_seq,
        texts[1] as moodle_course_id,
        {{ learner('texts[3]', 'texts[2]') }} as source_user_id,
        {{ cast_text('decimal(18, 5)', 'texts[5]') }} as grade,
        {{ cast_text('decimal(18, 5)', 'texts[6]') }} as lowest_grade,
        {{ cast_text('decimal(18, 5)', 'texts[7]') }} as highest_grade,
        {{ business_date(cast_text('epoch', 'texts[8]')) }} as graded_on
    from versions
    where texts[4] = 'quiz'
)

select
    source_key,
    load_id,
    load_seq,
    moodle_course_id,
    source_user_id,
    graded_on,
    {{ mark_of_100('grade', 'lowest_grade', 'highest_grade') }} as exam_score
from typed
where grade is not null and graded_on is not null
