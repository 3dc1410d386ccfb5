-- Grows with history, so each night rewrites only the window the platforms may restate.
{{ config(
    materialized='incremental',
    incremental_strategy='window_replace',
    on_schema_change='fail',
    meta={'window_column': 'stat_on'},
) }}

select
    spend_id as ad_performance_id,
    occurred_on as stat_on,
    source_system,
    source_stream,
    channel,
    campaign_id,
    promotion_id,
    cost_amount,
    '{{ var("currency", "CNY") }}' as currency,
    coalesce(impressions, 0) as impressions,
    coalesce(clicks, 0) as clicks,
    coalesce(conversions, 0) as conversions,
    source_key,
    load_id
from {{ ref('int_spend') }}
where source_stream <> 'promotion_costs' and {{ in_window('occurred_on') }}
