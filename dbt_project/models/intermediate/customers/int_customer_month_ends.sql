-- One row per customer and month: the state of its file on the day the month is measured. Checked are industry,
-- headcount, demand preference, every number and address of its contacts, and that there is a number at all (F021).
{{ config(meta={'day': 'measured_on'}) }}
{% set accounts_affected -%}
    select account_id from {{ changed(ref('int_customers')) }}
    union all
    select account_id from {{ changed(ref('int_customer_file_changes')) }}
    union all
    select account_id from {{ changed(ref('int_contact_states')) }}
    union all
    select account_id from {{ changed(ref('int_account_states')) }}
    union all
    select record_id from {{ changed(ref('int_crm_owners__employees')) }} where record_type = 'account'
{%- endset %}
{{ affected_by('account_id', accounts_affected) }}
{% set days_affected -%}
    select measured_on from {{ changed(ref('int_months')) }}
{%- endset %}
{{ affected_days('measured_on', days_affected) }}

with months as (
    select * from {{ ref('int_months') }}
),

customers as (
    select
        customers.*,
        months.month_start,
        months.month_end,
        months.measured_on,
        customers.has_file and customers.file_since_on <= months.measured_on as has_file_then
    from {{ ref('int_customers') }} as customers
    inner join months on customers.created_on <= months.measured_on
    where {{ is_affected(account_id='customers.account_id', measured_on='months.measured_on') }}
),

updates as (
    select distinct changes.account_id, months.month_start
    from {{ ref('int_customer_file_changes') }} as changes
    inner join months on changes.changed_on >= months.month_start and changes.changed_on <= months.measured_on
    where {{ is_affected(account_id='changes.account_id', measured_on='months.measured_on') }}
),

contact_fields as (
    select
        contacts.account_id,
        months.month_start,
        sum(contacts.number_count) as number_count,
        sum(contacts.valid_number_count) as valid_number_count,
        sum(contacts.email_count) as email_count,
        sum(contacts.valid_email_count) as valid_email_count
    from {{ ref('int_contact_states') }} as contacts
    inner join months on contacts.valid_from <= months.measured_on and contacts.valid_to > months.measured_on
    where {{ is_affected(account_id='contacts.account_id', measured_on='months.measured_on') }}
    group by contacts.account_id, months.month_start
)

select
    customers.customer_id,
    customers.account_id,
    customers.customer_no,
    customers.source_system,
    customers.source_stream,
    customers.source_key,
    customers.load_id,
    owners.employee_no as owner_employee_no,
    customers.month_start,
    customers.measured_on,
    customers.has_file_then as has_file,
    updates.account_id is not null as is_updated,
    case
        when customers.has_file_then
            then 3 + greatest(coalesce(contact_fields.number_count, 0), 1) + coalesce(contact_fields.email_count, 0)
        else 0
    end as checked_field_count,
    case
        when customers.has_file_then
            then
                coalesce(accounts.filled_field_count, 0)
                + coalesce(contact_fields.valid_number_count, 0)
                + coalesce(contact_fields.valid_email_count, 0)
        else 0
    end as correct_field_count
from customers
left join {{ ref('int_account_states') }} as accounts
    on
        customers.account_id = accounts.account_id
        and customers.measured_on >= accounts.valid_from
        and customers.measured_on < accounts.valid_to
left join updates on customers.account_id = updates.account_id and customers.month_start = updates.month_start
left join contact_fields
    on customers.account_id = contact_fields.account_id and customers.month_start = contact_fields.month_start
left join {{ ref('int_crm_owners__employees') }} as owners
    on
        owners.record_type = 'account'
        and customers.account_id = owners.record_id
        and customers.measured_on >= owners.valid_from
        and customers.measured_on < owners.valid_to
