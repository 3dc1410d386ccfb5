-- One row per person and course. The training system wins over the feed, except for what happened after it was last
-- read; of two accounts of one person the one that completed first counts. `employee_no` is null where nobody is known.
with results as (
    select *, coalesce(completed_on, exam_on, passed_on) as done_on
    from {{ ref('int_training_results__sources') }}
),

known as (
    select {{ business_date('complete_through') }} as known_to
    from {{ ref('int_kpi_stream_progress') }}
    where stream_id = 'moodle.completions'
),

named as (
    select
        results.*,
        employees.employee_no,
        coalesce(employees.employee_no, results.source_system || ' ' || results.source_user_id) as person,
        case
            when results.source_system = 'moodle' then 2
            when results.done_on >= known.known_to then 1
            else 3
        end as preference
    from results
    left join known on true
    left join {{ ref('int_identities__employees') }} as employees
        on
            results.source_system = employees.source_system
            and results.source_user_id = employees.source_user_id
            and coalesce(results.done_on, {{ as_of_date() }}) >= employees.valid_from
            and coalesce(results.done_on, {{ as_of_date() }}) < employees.valid_to
),

ranked as (
    select
        *,
        row_number() over (
            partition by person, course_id order by preference, completed_on nulls last, source_key
        ) as rank_no
    from named
)

select
    source_system,
    source_stream,
    source_key,
    load_id,
    source_user_id,
    employee_no,
    course_id,
    course_name,
    completed_on,
    passed_on,
    exam_score,
    exam_on
from ranked
where rank_no = 1
