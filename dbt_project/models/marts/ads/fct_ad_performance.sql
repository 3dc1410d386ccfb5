{{ config(meta={'day': 'stat_on'}) }}
{% set rows_affected -%}
    select spend_id, occurred_on from {{ changed(ref('int_spend')) }}
{%- endset %}
{{ affected_by('ad_performance_id', rows_affected, day='stat_on') }}

select
    spend_id as ad_performance_id,
    occurred_on as stat_on,
    source_system,
    source_stream,
    channel,
    campaign_id,
    promotion_id,
    cast(coalesce(platform_cost_amount, 0) as decimal(18, 4)) as cost_amount,
    cost_amount as counted_cost_amount,
    '{{ var("currency", "CNY") }}' as currency,
    coalesce(impressions, 0) as impressions,
    reached_people,
    coalesce(clicks, 0) as clicks,
    coalesce(conversions, 0) as conversions,
    attributed_conversions,
    source_key,
    load_id
from {{ ref('int_spend') }}
where
    source_stream <> 'promotion_costs'
    and {{ is_affected(ad_performance_id='spend_id', stat_on='occurred_on') }}
