-- One row per customer: a CRM account (F019). When its file came to be is told by the timeline.
{% set accounts_affected -%}
    select account_id from {{ changed(ref('stg_zoho_crm__accounts')) }}
    union all
    select account_id from {{ changed(ref('int_customer_file_changes')) }}
{%- endset %}
{{ affected_by('account_id', accounts_affected) }}

with accounts as (
    select * from {{ ref('stg_zoho_crm__accounts') }} where not is_deleted and {{ is_affected() }}
),

file_changes as (
    select account_id, min(changed_on) as file_since_on
    from {{ ref('int_customer_file_changes') }}
    where field_name = 'File_Complete' and {{ is_affected() }}
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
    coalesce(file_changes.file_since_on, {{ business_date('accounts.created_at') }}) as file_since_on
from accounts
left join file_changes on accounts.account_id = file_changes.account_id
