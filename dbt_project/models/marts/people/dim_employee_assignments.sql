select
    employee_no,
    valid_from,
    valid_to,
    department_id,
    team_id,
    position_id,
    manager_employee_no,
    true as is_employed
from {{ ref('int_employees__assignments') }}
