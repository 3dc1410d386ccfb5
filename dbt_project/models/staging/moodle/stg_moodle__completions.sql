{#- A criterion of this type is a grade that has to be reached: its moment is when the exam was passed. -#}
{%- set grade_criterion = 6 -%}
{%- set shape = '[{"type": "INTEGER", "complete": "BOOLEAN", "timecompleted": "BIGINT"}]' -%}
{%- set steps = "from_json(criteria, '" ~ shape ~ "')" -%}
{%- set completed_at = 'case when is_completed then ' ~ moment_of(steps, 'true') ~ ' end' -%}
{%- set passed_at = moment_of(steps, 's.complete and s.type = ' ~ grade_criterion) %}

{{ staged(
    source('raw_moodle', 'completions'),
    fields={
        'moodle_course_id': ['text', 'courseid', 'required'],
        'user_id': ['text', 'userid', 'required'],
        'employee_no': ['text', 'idnumber'],
        'is_completed': ['boolean', 'completed', 'required'],
        'criteria': ['json', 'completions'],
    },
    derived={'completed_on': business_date(completed_at), 'passed_on': business_date(passed_at)},
    hidden=['criteria'],
) }}
