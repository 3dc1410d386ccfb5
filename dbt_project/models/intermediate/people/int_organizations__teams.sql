-- One row per unit of the organisation, with the team and the department somebody who sits in it belongs to.
-- Teams are the leaves (F077). A leaf whose siblings have teams of their own is a department without teams.
with organizations as (
    select * from {{ ref('int_organization_records') }}
),

parents as (
    select distinct parent_id from organizations where parent_id is not null
),

placed as (
    select
        organizations.organization_id,
        organizations.organization_name,
        organizations.manager_employee_no,
        superior.organization_id as parent_id,
        parents.parent_id is null as is_team
    from organizations
    left join parents on organizations.organization_id = parents.parent_id
    left join organizations as superior on organizations.parent_id = superior.organization_id
),

parents_of_departments as (
    select distinct parent_id from placed where not is_team and parent_id is not null
)

select
    placed.organization_id,
    placed.organization_name,
    placed.manager_employee_no,
    placed.is_team,
    case
        when placed.is_team and placed.parent_id is not null and parents_of_departments.parent_id is null
            then placed.parent_id
        else placed.organization_id
    end as department_id
from placed
left join parents_of_departments on placed.parent_id = parents_of_departments.parent_id
