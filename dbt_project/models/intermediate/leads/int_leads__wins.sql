-- One row per lead that brought a won opportunity: its first win. Renewals belong to the customer, not to the lead.
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
