{{ config(meta={'day': 'stat_on'}) }}

-- money comes in whole fen and leaves as yuan, exactly
{%- set cost_amount -%}cast(cost_fen * cast(0.01 as decimal(3, 2)) as decimal(18, 4)){%- endset %}

{{ staged(
    source('raw_tencent_ads', 'report_request_time'),
    fields={
        'account_id': ['text', 'account_id', 'required'],
        'stat_on': ['date', 'date', 'required'],
        'adgroup_id': ['text', 'adgroup_id', 'required'],
        'adgroup_name': ['text', 'adgroup_name'],
        'time_line': ['text', 'time_line', 'required'],
        'cost_fen': ['bigint', 'cost'],
        'impressions': ['bigint', 'view_count'],
        'reached_people': ['bigint', 'view_user_count'],
        'clicks': ['bigint', 'valid_click_count'],
        'conversions': ['bigint', 'conversions_count'],
        'deep_conversions': ['bigint', 'deep_conversions_count'],
        'page_reservations': ['bigint', 'page_reservation_count'],
        'valid_leads': ['bigint', 'valid_leads_uv'],
    },
    derived={'cost_amount': cost_amount},
    landed_columns=true,
    hidden=['cost_fen'],
) }}
