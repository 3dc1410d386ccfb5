-- One row per account of a source system, possible employee and interval. The feed identity_map outranks a match;
-- a match never ends with the employment: a lead a leaver still owns is still the leaver's.
with users as (
    select 'zoho_crm' as source_system, user_id, email_hash
    from {{ ref('stg_zoho_crm__users') }} where not is_deleted and email_hash is not null
    union all
    select 'odoo', user_id, email_hash
    from {{ ref('stg_odoo__users') }} where not is_deleted and email_hash is not null
),

spells as (
    select * from {{ ref('int_employees__spells') }}
),

by_email as (
    select
        users.source_system,
        users.user_id as source_user_id,
        spells.employee_no,
        spells.hired_on,
        row_number() over account as match_no,
        lead(spells.hired_on) over account as next_hired_on
    from users
    inner join spells on users.email_hash = spells.work_email_hash
    window account as (
        partition by users.source_system, users.user_id order by spells.hired_on, spells.employee_no
    )
),

by_number as (
    select distinct systems.source_system, spells.employee_no as source_user_id, spells.employee_no
    from spells
    cross join (values ('kingdee'), ('jiandaoyun'), ('moodle'), ('file_drop')) as systems (source_system)
),

-- a name that two people bear names nobody
by_name as (
    select person_hash as source_user_id, min(employee_no) as employee_no
    from {{ ref('int_people_feed') }}
    where person_hash is not null
    group by person_hash
    having count(distinct employee_no) = 1
),

mapped as (
    select * from {{ ref('stg_file_drop__identity_map') }} where not is_deleted
)

select
    source_system,
    source_user_id,
    employee_no,
    case when match_no = 1 then date '1900-01-01' else hired_on end as valid_from,
    coalesce(next_hired_on, date '9999-12-31') as valid_to,
    1 as priority
from by_email
union all
select source_system, source_user_id, employee_no, date '1900-01-01', date '9999-12-31', 1
from by_number
union all
select 'file_drop', source_user_id, employee_no, date '1900-01-01', date '9999-12-31', 1
from by_name
union all
select
    source_system,
    source_user_id,
    employee_no,
    coalesce(valid_from, date '1900-01-01'),
    coalesce(valid_to, date '9999-12-31'),
    2
from mapped
