-- Channels and the funnel hold the platforms' spend and the booked costs, ad performance the platforms' alone: nothing fell out of
-- the incremental window.
{{ config(meta={'dagster': {'ref': {'name': 'fct_ad_performance'}}}) }}

with totals as (
    select
        (select coalesce(sum(spend_amount), 0) from {{ ref('fct_channel_performance') }}) as channel_amount,
        (select coalesce(sum(spend_amount), 0) from {{ ref('fct_lead_funnel') }}) as funnel_amount,
        (select coalesce(sum(counted_cost_amount), 0) from {{ ref('fct_ad_performance') }}) as platform_amount,
        (
            select coalesce(sum(cost_amount), 0) from {{ ref('int_spend') }} where source_stream = 'promotion_costs'
        ) as booked_amount
)

select * from totals where channel_amount <> platform_amount + booked_amount or channel_amount <> funnel_amount
