-- One row per lead with the owner who received it, its dates in the business zone and its win.
{{ config(meta={'day': 'created_on'}) }}
{% set leads_affected -%}
    select lead_id from {{ changed(ref('int_crm_leads')) }}
    union all
    select lead_id from {{ changed(ref('int_leads__sources')) }}
    union all
    select lead_id from {{ changed(ref('int_leads__wins')) }}
    union all
    select record_id from {{ changed(ref('int_crm_owners__employees')) }} where record_type = 'lead'
{%- endset %}
{{ affected_by('lead_id', leads_affected) }}

with leads as (
    select * from {{ ref('int_crm_leads') }} where not is_deleted and {{ is_affected() }}
),

sources as (
    select * from {{ ref('int_leads__sources') }}
),

wins as (
    select * from {{ ref('int_leads__wins') }}
),

owners as (
    select * from {{ ref('int_crm_owners__employees') }} where record_type = 'lead'
)

select
    leads.lead_id,
    leads.source_system,
    leads.source_stream,
    leads.source_key,
    leads.load_id,
    sources.channel,
    sources.campaign_id,
    sources.promotion_id,
    sources.external_clue_id,
    sources.not_countable_reason,
    sources.not_countable_reason is null as is_countable,
    leads.owner_user_id,
    owners.employee_no as owner_employee_no,
    leads.lead_status,
    leads.industry,
    leads.employees_count,
    leads.definition_event,
    leads.definition_version,
    leads.created_at,
    leads.created_on,
    leads.first_contact_at,
    {{ business_date('leads.first_contact_at') }} as first_contact_on,
    leads.mql_at,
    {{ business_date('leads.mql_at') }} as mql_on,
    leads.sql_at,
    {{ business_date('leads.sql_at') }} as sql_on,
    wins.deal_id as won_deal_id,
    wins.won_on,
    wins.won_amount
from leads
inner join sources on leads.lead_id = sources.lead_id
left join wins on leads.lead_id = wins.lead_id
left join owners
    on
        leads.lead_id = owners.record_id
        and leads.created_on >= owners.valid_from
        and leads.created_on < owners.valid_to
