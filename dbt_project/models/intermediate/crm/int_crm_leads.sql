-- One row per lead of the company's CRM, Zoho or Odoo, in the same words. Odoo tells no tags, no size and no version of
-- the definition; a lead that became an opportunity keeps its id there, an opportunity that never was a lead is none.
{% set records_affected -%}
    select lead_id from {{ changed(ref('stg_zoho_crm__leads')) }}
    union all
    select lead_id from {{ changed(ref('stg_odoo__leads')) }}
{%- endset %}
{{ affected_by('lead_id', records_affected) }}

select
    'zoho_crm' as source_system,
    'leads' as source_stream,
    source_key,
    load_id,
    is_deleted,
    lead_id,
    owner_user_id,
    lead_source,
    lead_status,
    industry,
    employees_count,
    phone_hash,
    mobile_hash,
    campaign_id,
    external_clue_id,
    definition_event,
    definition_version,
    first_contact_at,
    mql_at,
    sql_at,
    converted_deal_id,
    is_test,
    created_at,
    created_on
from {{ ref('stg_zoho_crm__leads') }}
where {{ is_affected() }}
union all
select
    'odoo',
    'leads',
    source_key,
    load_id,
    is_deleted,
    lead_id,
    owner_user_id,
    lead_source,
    stage,
    null,
    null,
    phone_hash,
    null,
    campaign_id,
    null,
    definition_event,
    null,
    first_contact_at,
    mql_at,
    sql_at,
    case when is_opportunity then lead_id end,
    false,
    created_at,
    created_on
from {{ ref('stg_odoo__leads') }}
where is_lead and {{ is_affected(lead_id='lead_id') }}
