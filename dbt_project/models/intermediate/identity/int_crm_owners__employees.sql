-- One row per lead, account or deal and interval of business dates: the employee behind the owner's account. Days on
-- which the account was nobody's have no row. A company has one CRM.
with owners as (
    select * from {{ ref('int_crm_owners') }}
),

employees as (
    select * from {{ ref('int_identities__employees') }} where source_system in ('zoho_crm', 'odoo')
)

select
    owners.record_type,
    owners.record_id,
    employees.employee_no,
    greatest(owners.valid_from, employees.valid_from) as valid_from,
    least(owners.valid_to, employees.valid_to) as valid_to
from owners
inner join employees
    on
        owners.owner_user_id = employees.source_user_id
        and owners.valid_from < employees.valid_to
        and owners.valid_to > employees.valid_from
