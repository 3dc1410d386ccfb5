-- One row per sales opportunity, of the CRM or of the feed `opportunities`, with whoever owned it when it was closed,
-- or first met while it is open. An open opportunity's closing date is a hope, not a date.
{% set opportunities_affected -%}
    select source_system || '|' || deal_id from {{ changed(ref('int_crm_deals')) }}
    union all
    select 'zoho_crm|' || record_id from {{ changed(ref('int_crm_owners')) }} where record_type = 'deal'
    union all
    select 'odoo|' || record_id from {{ changed(ref('int_crm_owners')) }} where record_type = 'deal'
    union all
    select deals.source_system || '|' || deals.deal_id
    from {{ ref('int_crm_deals') }} as deals
    inner join {{ changed(ref('stg_zoho_crm__accounts')) }} on deals.account_id = stg_zoho_crm__accounts_changes.account_id
    union all
    select 'file_drop|' || opportunity_id from {{ changed(ref('stg_file_drop__opportunities')) }}
{%- endset %}
{{ affected_by('opportunity', opportunities_affected, "source_system || '|' || opportunity_id") }}

with deals as (
    select
        *,
        {{ business_date('created_at') }} as engaged_on,
        case when is_won or is_lost then closing_on end as closed_on
    from {{ ref('int_crm_deals') }}
    where not is_deleted and {{ is_affected(opportunity="source_system || '|' || deal_id") }}
),

crm as (
    select
        deals.source_system,
        deals.source_stream,
        deals.source_key,
        deals.load_id,
        deals.deal_id as opportunity_id,
        owners.owner_user_id,
        deals.account_id,
        accounts.account_name,
        accounts.industry as sector,
        cast(null as varchar) as product,
        cast(null as varchar) as product_key,
        cast(null as varchar) as account_key,
        deals.stage,
        case when deals.is_won then 'won' when deals.is_lost then 'lost' else 'open' end as outcome,
        deals.engaged_on,
        deals.closed_on,
        deals.amount,
        deals.currency
    from deals
    left join {{ ref('int_crm_owners') }} as owners
        on
            owners.record_type = 'deal'
            and deals.deal_id = owners.record_id
            and coalesce(deals.closed_on, deals.engaged_on) >= owners.valid_from
            and coalesce(deals.closed_on, deals.engaged_on) < owners.valid_to
    left join {{ ref('stg_zoho_crm__accounts') }} as accounts on deals.account_id = accounts.account_id
),

feed as (
    select
        'file_drop' as source_system,
        'opportunities' as source_stream,
        source_key,
        load_id,
        opportunity_id,
        coalesce(owner_employee_no, owner_hash) as owner_user_id,
        account as account_id,
        account as account_name,
        cast(null as varchar) as sector,
        product,
        product_key,
        account_key,
        stage,
        outcome,
        engaged_on,
        closed_on,
        amount,
        currency
    from {{ ref('stg_file_drop__opportunities') }}
    where not is_deleted and {{ is_affected(opportunity="'file_drop|' || opportunity_id") }}
)

select * from crm
union all
select * from feed
