{{ config(meta={'day': 'stat_on'}) }}

-- 'unknown' is the vendor's own word for a dimension it cannot tell
{%- set campaign_id -%}nullif(network_campaign_id, 'unknown'){%- endset %}

{{ staged(
    source('raw_adjust', 'report'),
    fields={
        'stat_on': ['date', 'day', 'required'],
        'app_token': ['text', 'app_token', 'required'],
        'app_name': ['text', 'app'],
        'partner_name': ['text', 'partner_name', 'required'],
        'channel_name': ['text', 'channel', 'required'],
        'network_campaign_id': ['text', 'campaign_id_network', 'required'],
        'campaign_name': ['text', 'campaign', 'required'],
        'installs': ['bigint', 'installs'],
        'clicks': ['bigint', 'clicks'],
        'impressions': ['bigint', 'impressions'],
        'sessions': ['bigint', 'sessions'],
        'cost_amount': ['decimal(18, 4)', 'cost'],
        'currency': ['text', 'currency'],
    },
    derived={'campaign_id': campaign_id},
    landed_columns=true,
    hidden=['network_campaign_id'],
) }}
