with units as (
    select * from {{ ref('int_organizations__teams') }}
)

select organization_id as department_id, organization_name as department_name, manager_employee_no
from units
where organization_id = department_id
