-- One row per employee and seat of the feed `people`, for companies without an HR system. Where the file names managers
-- and no teams, the people of one manager are a team, called after its first member.
with people as (
    select * from {{ ref('stg_file_drop__people') }} where not is_deleted
),

managers as (
    select person_hash, min(employee_no) as employee_no
    from people
    where person_hash is not null
    group by person_hash
    having count(distinct employee_no) = 1
),

teams as (
    select manager_hash, 'T-' || min(employee_no) as team_id
    from people
    where manager_hash is not null
    group by manager_hash
)

select
    'people|' || people.source_key as staff_id,
    people.employee_no,
    people.person_hash,
    people.department_id,
    people.department_name,
    coalesce(people.team_id, teams.team_id) as team_id,
    people.team_name,
    people.position_id,
    people.site,
    managers.employee_no as manager_employee_no,
    people.valid_from,
    people.valid_to
from people
left join teams on people.manager_hash = teams.manager_hash
left join managers on people.manager_hash = managers.person_hash
