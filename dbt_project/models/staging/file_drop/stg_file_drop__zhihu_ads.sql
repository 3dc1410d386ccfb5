{{ staged(
    source('raw_file_drop', 'zhihu_ads'),
    fields={
        'stat_on': ['date', 'stat_on', 'required'],
        'plan_id': ['text', 'plan_id'],
        'plan_name': ['text', 'plan_name'],
        'creative_id': ['text', 'creative_id', 'required'],
        'creative_name': ['text', 'creative_name'],
        'impressions': ['bigint', 'impressions'],
        'clicks': ['bigint', 'clicks'],
        'cost': ['decimal(18, 4)', 'cost', 'required'],
        'conversions': ['bigint', 'conversions'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
