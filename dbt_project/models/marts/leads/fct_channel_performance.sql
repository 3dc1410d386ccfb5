-- Spend beside what it brought. Every ratio is a pair of columns: cost per lead = spend_amount / lead_count, and so on.
{{ config(meta={'day': 'month_start'}) }}
{% set days_affected -%}
    select created_on from {{ changed(ref('fct_leads')) }}
    union all
    select first_contact_on from {{ changed(ref('fct_leads')) }}
    union all
    select mql_on from {{ changed(ref('fct_leads')) }}
    union all
    select sql_on from {{ changed(ref('fct_leads')) }}
    union all
    select won_on from {{ changed(ref('fct_leads')) }}
    union all
    select occurred_on from {{ changed(ref('int_spend')) }}
{%- endset %}
{{ affected_days('month_day', days_of_their_months(days_affected), 'month_start') }}

with spend as (
    select
        {{ month_start('occurred_on') }} as month_start,
        coalesce(channel, '') as channel,
        coalesce(campaign_id, '') as campaign_id,
        sum(cost_amount) as spend_amount,
        sum(impressions) as impressions,
        sum(clicks) as clicks
    from {{ ref('int_spend') }}
    where {{ is_affected(month_day='occurred_on') }}
    group by 1, 2, 3
),

leads as (
    select *, coalesce(channel, '') as channel_id, coalesce(campaign_id, '') as campaign
    from {{ ref('fct_leads') }}
    where is_countable
),

events as (
    select created_on as event_on, 'created' as event, channel_id, campaign, first_contact_on, won_on, won_amount
    from leads
    union all
    select first_contact_on, 'contacted', channel_id, campaign, null, null, null from leads
    where first_contact_on is not null
    union all
    select mql_on, 'mql', channel_id, campaign, null, null, null from leads
    where mql_on is not null
    union all
    select sql_on, 'sql', channel_id, campaign, null, null, null from leads
    where sql_on is not null
    union all
    select won_on, 'won', channel_id, campaign, null, won_on, won_amount from leads
    where won_on is not null
),

counted as (
    select
        {{ month_start('event_on') }} as month_start,
        channel_id as channel,
        campaign as campaign_id,
        count(*) filter (where event = 'created') as lead_count,
        count(*) filter (where event = 'contacted') as followed_up_count,
        count(*) filter (where event = 'mql') as mql_count,
        count(*) filter (where event = 'sql') as sql_count,
        count(*) filter (where event = 'won') as won_count,
        sum(won_amount) filter (where event = 'won') as won_amount,
        count(*) filter (where event = 'created' and first_contact_on is not null) as cohort_followed_up_count,
        count(*) filter (where event = 'created' and won_on is not null) as cohort_won_count,
        sum(won_amount) filter (where event = 'created') as cohort_won_amount
    from events
    where {{ is_affected(month_day='event_on') }}
    group by 1, 2, 3
)

select
    coalesce(counted.month_start, spend.month_start) as month_start,
    coalesce(counted.channel, spend.channel) as channel,
    coalesce(counted.campaign_id, spend.campaign_id) as campaign_id,
    cast(coalesce(spend.spend_amount, 0) as decimal(38, 4)) as spend_amount,
    cast(coalesce(spend.impressions, 0) as bigint) as impressions,
    cast(coalesce(spend.clicks, 0) as bigint) as clicks,
    coalesce(counted.lead_count, 0) as lead_count,
    coalesce(counted.followed_up_count, 0) as followed_up_count,
    coalesce(counted.mql_count, 0) as mql_count,
    coalesce(counted.sql_count, 0) as sql_count,
    coalesce(counted.won_count, 0) as won_count,
    cast(coalesce(counted.won_amount, 0) as decimal(38, 2)) as won_amount,
    coalesce(counted.cohort_followed_up_count, 0) as cohort_followed_up_count,
    coalesce(counted.cohort_won_count, 0) as cohort_won_count,
    cast(coalesce(counted.cohort_won_amount, 0) as decimal(38, 2)) as cohort_won_amount
from counted
full outer join spend
    on
        counted.month_start = spend.month_start
        and counted.channel = spend.channel
        and counted.campaign_id = spend.campaign_id
