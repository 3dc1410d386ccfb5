-- One row per lead that brought a won opportunity: its first win. Renewals belong to the customer, not to the lead.
{# Leads that share a deal with what changed: a deal can pass from one lead to another. #}
{% set leads_affected -%}
    with deals_affected as (
        select deal_id from {{ changed(ref('int_crm_deals')) }}
        union
        select converted_deal_id from {{ changed(ref('int_crm_leads')) }}
        union
        select deals.deal_id
        from {{ ref('int_crm_deals') }} as deals
        inner join {{ changed(ref('int_crm_leads')) }}
            on deals.originating_lead_id = int_crm_leads_changes.lead_id
    )

    select lead_id from {{ changed(ref('int_crm_leads')) }}
    union all
    select originating_lead_id from {{ changed(ref('int_crm_deals')) }}
    union all
    select leads.lead_id
    from {{ ref('int_crm_leads') }} as leads
    inner join deals_affected on leads.converted_deal_id = deals_affected.deal_id
    union all
    select deals.originating_lead_id
    from {{ ref('int_crm_deals') }} as deals
    inner join deals_affected on deals.deal_id = deals_affected.deal_id
{%- endset %}
{{ affected_by('lead_id', leads_affected) }}

with leads as (
    select lead_id, converted_deal_id from {{ ref('int_crm_leads') }} where not is_deleted
),

deals as (
    select * from {{ ref('int_crm_deals') }}
    where not is_deleted and is_won and closing_on is not null and coalesce(deal_type, '') <> 'Renewal'
),

linked as (
    select leads.lead_id, deals.deal_id, deals.closing_on, deals.amount
    from deals
    inner join leads on deals.deal_id = leads.converted_deal_id
    union
    select leads.lead_id, deals.deal_id, deals.closing_on, deals.amount
    from deals
    inner join leads on deals.originating_lead_id = leads.lead_id
),

ranked as (
    select
        *,
        row_number() over (partition by lead_id order by closing_on, deal_id) as win_no,
        -- one deal never makes two leads won
        row_number() over (partition by deal_id order by lead_id) as lead_no
    from linked
)

select lead_id, deal_id, closing_on as won_on, amount as won_amount
from ranked
where win_no = 1 and lead_no = 1
