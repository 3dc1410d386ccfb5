-- One row per lead, account or deal and interval of business dates: the employee behind the owner's account. Days on
-- which the account was nobody's have no row. A company has one CRM.
{% set records_affected -%}
    select record_type || '|' || record_id from {{ changed(ref('int_crm_owners')) }}
    union all
    select owners.record_type || '|' || owners.record_id
    from {{ ref('int_crm_owners') }} as owners
    inner join {{ changed(ref('int_identities__employees')) }}
        on
            int_identities__employees_changes.source_system in ('zoho_crm', 'odoo')
            and owners.owner_user_id = int_identities__employees_changes.source_user_id
{%- endset %}
{{ affected_by('record', records_affected, "record_type || '|' || record_id") }}

with owners as (
    select * from {{ ref('int_crm_owners') }} where {{ is_affected() }}
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
