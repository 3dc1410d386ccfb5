with spells as (
    select
        *,
        min(hired_on) over (partition by employee_no) as first_hired_on,
        row_number() over (partition by employee_no order by spell_no desc) as recency
    from {{ ref('int_employees__spells') }}
),

seats as (
    select * from {{ ref('int_employees__assignments') }}
    where valid_from < {{ as_of_date() }} and (valid_to is null or valid_to >= {{ as_of_date() }})
)

select
    spells.employee_no,
    spells.first_hired_on,
    spells.hired_on,
    spells.probation_end_on,
    spells.left_on,
    cast(spells.spell_count as integer) as spell_count,
    spells.staff_type,
    seats.employee_no is not null as is_employed,
    seats.department_id,
    seats.team_id,
    seats.position_id,
    seats.manager_employee_no
from spells
left join seats on spells.employee_no = seats.employee_no
where spells.recency = 1
