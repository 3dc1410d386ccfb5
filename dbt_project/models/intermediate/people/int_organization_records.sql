-- One row per unit of the organisation as it was reported: by the HR system, else by the feed `people`.
with organizations as (
    select organization_id, organization_name, parent_id, manager_employee_no
    from {{ ref('stg_ihr360__organizations') }}
    where not is_deleted
),

people as (
    select * from {{ ref('int_people_feed') }}
),

units as (
    select
        team_id as organization_id,
        max(team_name) as organization_name,
        max(department_id) as parent_id,
        max(manager_employee_no) as manager_employee_no
    from people
    where team_id is not null and team_id <> department_id
    group by team_id
    union all
    select department_id, max(department_name), null, null
    from people
    group by department_id
)

select * from organizations
union all
select units.organization_id, units.organization_name, units.parent_id, units.manager_employee_no
from units
left join organizations on units.organization_id = organizations.organization_id
where organizations.organization_id is null
