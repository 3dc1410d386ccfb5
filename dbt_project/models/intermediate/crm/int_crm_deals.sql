-- One row per opportunity of the company's CRM, Zoho or Odoo, in the same words. Odoo stamps the day an opportunity was
-- won, or archived as lost.
{% set records_affected -%}
    select deal_id from {{ changed(ref('stg_zoho_crm__deals')) }}
    union all
    select lead_id from {{ changed(ref('stg_odoo__leads')) }}
{%- endset %}
{{ affected_by('deal_id', records_affected) }}

select
    'zoho_crm' as source_system,
    'deals' as source_stream,
    source_key,
    load_id,
    is_deleted,
    deal_id,
    amount,
    '{{ var("currency") }}' as currency,
    stage,
    closing_on,
    account_id,
    owner_user_id,
    deal_type,
    originating_lead_id,
    is_won,
    is_lost,
    created_at
from {{ ref('stg_zoho_crm__deals') }}
where {{ is_affected() }}
union all
select
    'odoo',
    'leads',
    source_key,
    load_id,
    is_deleted,
    lead_id,
    amount,
    coalesce(currency, '{{ var("currency") }}'),
    stage,
    case when is_won or is_lost then {{ business_date('closed_at') }} end,
    partner_id,
    owner_user_id,
    case when is_renewal then 'Renewal' else 'New Business' end,
    case when is_lead then lead_id end,
    is_won,
    is_lost,
    coalesce(converted_at, created_at)
from {{ ref('stg_odoo__leads') }}
where is_opportunity and {{ is_affected(deal_id='lead_id') }}
