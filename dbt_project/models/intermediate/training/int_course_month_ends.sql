-- One row per employee, assigned course and month: done by the month's last known day or not. Nobody tells the date of
-- assignment: a course counts from the first day anybody finished it or sat its exam, and for people employed.
{% set courses_affected -%}
    select course_id from {{ changed(ref('int_training_results')) }}
{%- endset %}
{{ affected_by('course_id', courses_affected) }}
{% set people_affected -%}
    select employee_no from {{ changed(ref('int_employees__assignments')) }}
{%- endset %}
{{ affected_by('employee_no', people_affected) }}
{% set days_affected -%}
    select measured_on from {{ changed(ref('int_months')) }}
{%- endset %}
{{ affected_days('measured_on', days_affected) }}

with results as (
    select * from {{ ref('int_training_results') }} where employee_no is not null
),

courses as (
    select course_id, min(least(coalesce(completed_on, exam_on), coalesce(exam_on, completed_on))) as begun_on
    from results
    group by course_id
),

months as (
    select * from {{ ref('int_months') }}
)

select
    results.source_system,
    results.source_stream,
    results.source_key,
    results.load_id,
    results.employee_no,
    results.course_id,
    months.month_start,
    months.measured_on,
    coalesce(results.completed_on <= months.measured_on, false) as is_completed
from results
inner join courses on results.course_id = courses.course_id
inner join months on courses.begun_on <= months.measured_on
inner join {{ ref('int_employees__assignments') }} as seats
    on
        results.employee_no = seats.employee_no
        and months.measured_on >= seats.valid_from
        and (seats.valid_to is null or months.measured_on < seats.valid_to)
where
    {{ is_affected(
        course_id='results.course_id', employee_no='results.employee_no', measured_on='months.measured_on'
    ) }}
