{{ config(meta={'day': 'stat_on'}) }}

{{ staged(
    source('raw_oceanengine', 'report'),
    fields={
        'advertiser_id': ['text', 'advertiser_id', 'required'],
        'stat_on': ['date', 'stat_time_day', 'required'],
        'project_id': ['text', 'cdp_project_id'],
        'project_name': ['text', 'cdp_project_name'],
        'promotion_id': ['text', 'cdp_promotion_id', 'required'],
        'promotion_name': ['text', 'cdp_promotion_name'],
        'cost_amount': ['decimal(18, 4)', 'stat_cost'],
        'impressions': ['bigint', 'show_cnt'],
        'clicks': ['bigint', 'click_cnt'],
        'conversions': ['bigint', 'convert_cnt'],
        'form_count': ['bigint', 'form'],
        'attributed_conversions': ['bigint', 'attribution_convert_cnt'],
        'likes': ['bigint', 'dy_like'],
        'comments': ['bigint', 'dy_comment'],
        'shares': ['bigint', 'dy_share'],
        'follows': ['bigint', 'dy_follow'],
    },
    landed_columns=true,
    nothing=['-'],
) }}
