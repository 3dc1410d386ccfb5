-- One row per complaint of a customer, from the form or the feed.
{{ system_or_feed(
    'jiandaoyun',
    'complaints',
    columns=['complaint_id', 'customer_no', 'received_at', 'due_at', 'closed_at'],
    day=business_date('received_at'),
) }}
