-- Leave by whole days: leave over the turn of a month stands in both months' reports and here once, by its latest
-- version; less than a day takes no day out. Which kinds count is the plan's word.
{% set absence_key = "staff_id || '|' || leave_id" -%}
{% set absences_affected -%}
    select {{ absence_key }} from {{ changed(ref('stg_ihr360__leaves')) }}
{%- endset %}
{{ affected_by('absence_id', absences_affected) }}

with entries as (
    select
        *,
        row_number() over (partition by staff_id, leave_id order by load_seq desc, source_key desc) as age
    from {{ ref('stg_ihr360__leaves') }}
    where not is_deleted and {{ is_affected(absence_id=absence_key) }}
),

leave_types as (
    select * from {{ ref('leave_types') }} where source_system = 'ihr360'
)

select
    entries.staff_id || '|' || entries.leave_id as absence_id,
    entries.employee_no,
    coalesce(leave_types.absence_type, entries.leave_type) as absence_type,
    entries.first_on as valid_from,
    {{ add_days('entries.last_on', 1) }} as valid_to,
    'ihr360' as source_system,
    'leaves' as source_stream,
    entries.source_key,
    entries.load_id
from entries
left join leave_types on entries.leave_type = leave_types.leave_type
where entries.age = 1 and entries.last_on >= entries.first_on and coalesce(entries.days, 1) >= 1
