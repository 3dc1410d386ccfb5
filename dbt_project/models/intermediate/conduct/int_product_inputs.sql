-- One row per product-demand item, from the form or the feed.
{{ system_or_feed(
    'jiandaoyun',
    'product_inputs',
    columns=['input_id', 'submitted_on', 'decision', 'decided_on'],
    day='submitted_on',
) }}
