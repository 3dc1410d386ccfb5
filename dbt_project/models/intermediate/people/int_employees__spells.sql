-- One row per spell of employment (one record of staff): [hired_on, ended_on). A rehire is a new record of the same
-- employee number; should two records overlap, the later one ends the earlier, for nobody has two seats at once.
with staff as (
    select * from {{ ref('int_staff_records') }}
    where employee_no is not null and hired_on is not null
),

followed as (
    select
        *,
        {{ add_days('left_on', 1) }} as day_after_leaving,
        lead(hired_on) over (partition by employee_no order by hired_on, staff_id) as next_hired_on,
        row_number() over (partition by employee_no order by hired_on, staff_id) as spell_no,
        count(*) over (partition by employee_no) as spell_count
    from staff
)

select
    staff_id,
    employee_no,
    work_email_hash,
    staff_type,
    organization_id,
    position_id,
    superior_employee_no,
    hired_on,
    probation_end_on,
    left_on,
    spell_no,
    spell_count,
    case
        when next_hired_on is null then day_after_leaving
        when day_after_leaving is null or next_hired_on < day_after_leaving then next_hired_on
        else day_after_leaving
    end as ended_on
from followed
