-- One row per customer: every CRM account, and every approved ERP customer no account refers to. The latter has an
-- owner but no file, and so lowers coverage (F019) instead of hiding.
with accounts as (
    select * from {{ ref('stg_zoho_crm__accounts') }} where not is_deleted
),

erp_customers as (
    select * from {{ ref('stg_kingdee__customers') }} where not is_deleted and is_effective
),

file_changes as (
    select account_id, min(audited_on) as file_since_on
    from {{ ref('stg_zoho_crm__account_timeline') }}
    where not is_deleted and list_contains(field_names, 'File_Complete')
    group by account_id
)

select
    accounts.account_id as customer_id,
    accounts.account_id,
    accounts.erp_customer_no as customer_no,
    'zoho_crm' as source_system,
    'accounts' as source_stream,
    accounts.source_key,
    accounts.load_id,
    accounts.owner_user_id as source_user_id,
    {{ business_date('accounts.created_at') }} as created_on,
    coalesce(accounts.has_file, false) as has_file,
    -- the timeline says when the file came to be; without an entry it was there from the start
    coalesce(file_changes.file_since_on, {{ business_date('accounts.created_at') }}) as file_since_on,
    accounts.industry,
    accounts.employees_count,
    accounts.demand_preference
from accounts
left join file_changes on accounts.account_id = file_changes.account_id
union all
select
    'erp:' || erp_customers.customer_no,
    null,
    erp_customers.customer_no,
    'kingdee',
    'customers',
    erp_customers.source_key,
    erp_customers.load_id,
    erp_customers.salesman_no,
    erp_customers.created_on,
    false,
    null,
    null,
    null,
    null
from erp_customers
left join accounts on erp_customers.customer_no = accounts.erp_customer_no
where accounts.account_id is null
