-- One row per piece of promotion spend with its traffic: an ad unit's day on a platform, or a booked cost. All
-- promotion cost is cost (F125), each yuan once: what a platform reports counts from where finance stopped booking it.
{{ config(meta={'day': 'occurred_on'}) }}
{% set rows_affected -%}
    select 'oceanengine.report|' || source_key, stat_on from {{ changed('stg_oceanengine__report') }}
    union all
    select 'file_drop.zhihu_ads|' || source_key, stat_on from {{ changed('stg_file_drop__zhihu_ads') }}
{%- endset %}
{{ affected_by('spend_id', rows_affected, day='occurred_on') }}
{# Tencent's two reports meet on a day; a booking decides about its channel's month. #}
{% set days_affected -%}
    select stat_on from {{ changed('stg_tencent_ads__report_reporting_time') }}
    union all
    select stat_on from {{ changed('stg_tencent_ads__report_request_time') }}
    union all
    {{ days_of_their_months('select cost_on from ' ~ changed(ref('int_spend_bookings'))) }}
{%- endset %}
{{ affected_days('occurred_on', days_affected) }}

with bookings as (
    select * from {{ ref('int_spend_bookings') }} where is_counted
),

-- months of a channel whose ad spend finance booked
booked_months as (
    select distinct channel, {{ month_start('cost_on') }} as month_start
    from bookings
    where cost_type = '{{ var("ad_spend_cost_type") }}'
),

pieces as (
    select
        ad_days.ad_day_id as spend_id,
        ad_days.source_system,
        ad_days.source_stream,
        ad_days.source_key,
        ad_days.load_id,
        ad_days.occurred_on,
        ad_days.channel,
        ad_days.campaign_id,
        ad_days.promotion_id,
        case when booked_months.channel is null then ad_days.cost_amount end as cost_amount,
        ad_days.cost_amount as platform_cost_amount,
        case when booked_months.channel is null then ad_days.return_cost_amount end as return_cost_amount,
        ad_days.return_source_stream,
        ad_days.return_source_key,
        ad_days.return_load_id,
        ad_days.impressions,
        ad_days.reached_people,
        ad_days.clicks,
        ad_days.conversions,
        ad_days.attributed_conversions
    from {{ ref('int_ad_days') }} as ad_days
    left join booked_months
        on
            ad_days.channel = booked_months.channel
            and {{ month_start('ad_days.occurred_on') }} = booked_months.month_start
    where {{ is_affected(spend_id='ad_days.ad_day_id', occurred_on='ad_days.occurred_on') }}
    union all
    select
        'file_drop.promotion_costs|' || source_key,
        'file_drop',
        'promotion_costs',
        source_key,
        load_id,
        cost_on,
        channel,
        campaign,
        null,
        amount,
        null,
        amount,
        'promotion_costs',
        source_key,
        load_id,
        null,
        null,
        null,
        null,
        null
    from bookings
)

select
    * replace (
        cast(coalesce(cost_amount, 0) as decimal(18, 4)) as cost_amount,
        cast(platform_cost_amount as decimal(18, 4)) as platform_cost_amount,
        cast(coalesce(return_cost_amount, 0) as decimal(18, 4)) as return_cost_amount
    )
from pieces
