-- One row per competitor move that somebody reported, from the form or the feed.
{{ system_or_feed(
    'jiandaoyun',
    'competitor_reports',
    columns=[
        'report_id', 'discovered_at', 'submitted_at', 'has_features', 'has_users', 'has_impact', 'has_advice',
        'quality_score',
    ],
    day=business_date('discovered_at'),
) }}
