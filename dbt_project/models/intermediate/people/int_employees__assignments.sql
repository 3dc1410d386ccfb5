-- One row per employee and interval, with department, team and manager. `credit_from` and `credit_to` stretch the
-- intervals over gaps: what is credited to somebody before they came or after they left counts for
-- their first or last team.
with seats as (
    select * from {{ ref('int_employees__seats') }}
),

units as (
    select * from {{ ref('int_organizations__teams') }}
),

managed as (
    select
        seats.employee_no,
        seats.valid_from,
        seats.valid_to,
        coalesce(units.department_id, seats.organization_id) as department_id,
        seats.organization_id as team_id,
        coalesce(units.is_team, false) as sits_in_team,
        seats.position_id,
        coalesce(seats.superior_employee_no, units.manager_employee_no) as manager_employee_no
    from seats
    left join units on seats.organization_id = units.organization_id
)

select
    employee_no,
    valid_from,
    valid_to,
    department_id,
    team_id,
    sits_in_team,
    position_id,
    case when manager_employee_no <> employee_no then manager_employee_no end as manager_employee_no,
    case
        when row_number() over (partition by employee_no order by valid_from) = 1 then date '1900-01-01'
        else valid_from
    end as credit_from,
    coalesce(lead(valid_from) over (partition by employee_no order by valid_from), date '9999-12-31') as credit_to
from managed
