-- One row per rating of service by a customer, from the form or the feed.
{{ system_or_feed(
    'jiandaoyun',
    'service_scores',
    columns=['response_id', 'answered_on', 'score'],
    day='answered_on',
) }}
