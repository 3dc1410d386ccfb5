-- One row per ad unit of a platform and day, all platforms in the same words. What is measured and paid on stands on
-- the day it happened; what return on spend asks for (`return_…`) stands on the day of the exposure and is restated for
-- weeks. Tencent sends the two as reports that repeat the same spend: they stand side by side here, never in one sum.
{{ config(materialized='view') }}

with reporting as (
    select * from {{ ref('stg_tencent_ads__report_reporting_time') }} where not is_deleted
),

request as (
    select * from {{ ref('stg_tencent_ads__report_request_time') }} where not is_deleted
),

tencent as (
    select
        coalesce(reporting.source_key, request.source_key) as source_key,
        coalesce(reporting.load_id, request.load_id) as load_id,
        coalesce(reporting.stat_on, request.stat_on) as occurred_on,
        coalesce(reporting.adgroup_name, request.adgroup_name) as adgroup_name,
        coalesce(reporting.adgroup_id, request.adgroup_id) as promotion_id,
        reporting.source_key is null as is_only_by_exposure,
        reporting.cost_amount,
        reporting.impressions,
        reporting.reached_people,
        reporting.clicks,
        reporting.conversions,
        request.source_key as return_source_key,
        request.load_id as return_load_id,
        request.cost_amount as return_cost_amount,
        request.conversions as attributed_conversions
    from reporting
    full outer join request
        on
            reporting.account_id = request.account_id
            and reporting.adgroup_id = request.adgroup_id
            and reporting.stat_on = request.stat_on
),

platforms as (
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
        cast(null as bigint) as reached_people,
        clicks,
        conversions,
        'report' as return_source_stream,
        source_key as return_source_key,
        load_id as return_load_id,
        cost_amount as return_cost_amount,
        attributed_conversions
    from {{ ref('stg_oceanengine__report') }}
    where not is_deleted
    union all
    select
        'tencent_ads',
        case when is_only_by_exposure then 'report_request_time' else 'report_reporting_time' end,
        source_key,
        load_id,
        occurred_on,
        -- the platform knows no campaigns: the company writes their code into the ad group's name
        nullif(regexp_extract(adgroup_name, '{{ var("campaign_code_pattern") }}', 0), ''),
        promotion_id,
        cost_amount,
        impressions,
        reached_people,
        clicks,
        conversions,
        'report_request_time',
        return_source_key,
        return_load_id,
        return_cost_amount,
        attributed_conversions
    from tencent
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
        null,
        clicks,
        conversions,
        'zhihu_ads',
        source_key,
        load_id,
        cost,
        null
    from {{ ref('stg_file_drop__zhihu_ads') }}
    where not is_deleted
)

select
    platforms.source_system || '.' || platforms.source_stream || '|' || platforms.source_key as ad_day_id,
    platforms.*,
    channels.channel
from platforms
left join {{ ref('channel_sources') }} as channels
    on platforms.source_system = channels.source_system and platforms.source_stream = channels.source_stream
