select
    organization_id as team_id,
    organization_name as team_name,
    department_id,
    manager_employee_no
from {{ ref('int_organizations__teams') }}
where is_team
