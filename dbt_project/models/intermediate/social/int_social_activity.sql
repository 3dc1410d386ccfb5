-- One row per record of what people did with the company's articles and ads, and kind: people reached, interactions
-- (likes of both sorts, comments, shares), and followers at a month's end.
{{ config(meta={'day': 'occurred_on'}) }}
{# The days of what came, all days of a restated article, and the month ends that count what came up to them. #}
{% set days_affected -%}
    {%- for name in [
        'stg_wechat_oa__biz_summary', 'stg_oceanengine__report', 'stg_file_drop__zhihu_ads',
        'stg_tencent_ads__report_reporting_time', 'stg_tencent_ads__report_request_time',
    ] %}
    select stat_on from {{ changed(name) }}
    union all
    {%- endfor %}
    select articles.stat_on
    from staging.stg_wechat_oa__article_totals as articles
    inner join {{ changed('stg_wechat_oa__article_totals') }}
        on
            articles.appid = stg_wechat_oa__article_totals_changes.appid
            and articles.msgid = stg_wechat_oa__article_totals_changes.msgid
    union all
    select stat_on from {{ changed('stg_wechat_oa__article_totals') }}
    union all
    select measured_on from intermediate.int_months
    where measured_on >= (select min(stat_on) from {{ changed('stg_oceanengine__report') }})
    union all
    select measured_on from intermediate.int_months
    where
        exists (select 1 from {{ changed('stg_wechat_oa__article_totals') }})
        or exists (select 1 from {{ changed('stg_wechat_oa__user_cumulate') }})
    union all
    select measured_on from {{ changed('int_months') }}
{%- endset %}
{{ affected_days('occurred_on', days_affected) }}

with channels as (
    select distinct source_system, channel from {{ ref('channel_sources') }}
),

pieces as (
    select
        'reach' as kind,
        'wechat_oa' as source_system,
        'biz_summary' as source_stream,
        source_key,
        load_id,
        stat_on as occurred_on,
        cast(null as varchar) as campaign_id,
        cast(null as varchar) as promotion_id,
        readers as quantity
    from {{ ref('stg_wechat_oa__biz_summary') }}
    where not is_deleted and readers is not null
    union all
    select
        'reach', source_system, source_stream, source_key, load_id, occurred_on, campaign_id, promotion_id,
        reached_people
    from {{ ref('int_ad_days') }}
    where reached_people is not null
    union all
    select
        'interaction', 'wechat_oa', 'article_totals', source_key, load_id, stat_on, null, msgid,
        likes + recommendations + comments + shares
    from {{ ref('int_wechat_article_days') }}
    union all
    select
        'interaction', 'oceanengine', 'report', source_key, load_id, stat_on, project_id, promotion_id,
        coalesce(likes, 0) + coalesce(comments, 0) + coalesce(shares, 0)
    from {{ ref('stg_oceanengine__report') }}
    where not is_deleted and coalesce(likes, comments, shares) is not null
    union all
    select
        'follower', source_system, source_stream, source_key, load_id, measured_on, campaign_id, promotion_id, followers
    from {{ ref('int_social_followers') }}
    where followers is not null
)

select
    concat_ws(
        '|',
        pieces.kind,
        pieces.source_system || '.' || pieces.source_stream,
        pieces.source_key,
        cast(pieces.occurred_on as varchar)
    ) as social_id,
    pieces.*,
    channels.channel
from pieces
left join channels on pieces.source_system = channels.source_system
where {{ is_affected(occurred_on='pieces.occurred_on') }}
