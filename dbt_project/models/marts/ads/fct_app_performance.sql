-- What brought users to the apps. The cost beside it repeats what the ad platforms report: never to be added to it.
{{ config(meta={'day': 'stat_on'}) }}
{{ follows(ref('stg_adjust__report')) }}

select
    source_key as app_performance_id,
    stat_on,
    app_token,
    app_name,
    partner_name,
    channel_name,
    campaign_id,
    campaign_name,
    coalesce(installs, 0) as installs,
    coalesce(clicks, 0) as clicks,
    coalesce(impressions, 0) as impressions,
    coalesce(sessions, 0) as sessions,
    cost_amount as partner_cost_amount,
    currency,
    source_key,
    load_id
from {{ ref('stg_adjust__report') }}
where not is_deleted and {{ is_affected() }}
