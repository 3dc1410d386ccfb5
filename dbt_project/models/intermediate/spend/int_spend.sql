-- One row per piece of promotion spend with its traffic: an ad unit's day on a platform, or a booked cost. What a
-- platform reports and what finance books (promotion_costs) are different money; both belong to cost (F125).
with platforms as (
    select
        'oceanengine' as source_system,
        'report' as source_stream,
        source_key,
        load_id,
        stat_on as occurred_on,
        project_id as campaign_id,
        promotion_id,
        cost_amount,
        impressions,
        clicks,
        conversions
    from {{ ref('stg_oceanengine__report') }}
    where not is_deleted
    union all
    select
        'file_drop',
        'zhihu_ads',
        source_key,
        load_id,
        stat_on,
        plan_id,
        creative_id,
        cost,
        impressions,
        clicks,
        conversions
    from {{ ref('stg_file_drop__zhihu_ads') }}
    where not is_deleted
),

channelled as (
    select platforms.*, channels.channel
    from platforms
    left join {{ ref('channel_sources') }} as channels
        on
            platforms.source_system = channels.source_system
            and platforms.source_stream = channels.source_stream
    union all
    select
        'file_drop',
        'promotion_costs',
        source_key,
        load_id,
        cost_on,
        campaign,
        null,
        amount,
        null,
        null,
        null,
        channel
    from {{ ref('stg_file_drop__promotion_costs') }}
    where not is_deleted
)

select
    source_system || '.' || source_stream || '|' || source_key as spend_id,
    source_system,
    source_stream,
    source_key,
    load_id,
    occurred_on,
    channel,
    campaign_id,
    promotion_id,
    cast(coalesce(cost_amount, 0) as decimal(18, 4)) as cost_amount,
    cast(impressions as bigint) as impressions,
    cast(clicks as bigint) as clicks,
    cast(conversions as bigint) as conversions
from channelled
