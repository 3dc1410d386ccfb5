-- One row per spell of employment as it was reported: by the HR system, or seat by seat in the feed `people`.
select
    staff_id,
    employee_no,
    work_email_hash,
    staff_type,
    department_id as organization_id,
    position_id,
    superior_employee_no,
    hired_on,
    probation_end_on,
    left_on
from {{ ref('stg_ihr360__staff') }}
where not is_deleted
union all
select
    staff_id,
    employee_no,
    null,
    null,
    coalesce(team_id, department_id),
    position_id,
    manager_employee_no,
    valid_from,
    null,
    {{ add_days('valid_to', -1) }}
from {{ ref('int_people_feed') }}
