-- One row per reported breach, from the form or the feed.
{{ system_or_feed(
    'jiandaoyun',
    'policy_breaches',
    columns=['breach_id', 'breach_type', 'occurred_on', 'confirmed_on', 'status', 'rectify_due_on', 'rectified_on'],
    day='occurred_on',
) }}
