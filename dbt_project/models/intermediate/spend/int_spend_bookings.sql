-- One row per booked promotion cost, and whether it counts. What a platform reports itself is not booked a second time:
-- from the month after its report begins, bookings of ad spend on its channel repeat it and do not count. In the month
-- it begins in, where the report may lack the first days, the bookings count and the platform's own figures do not.
with reports as (
    select channel, {{ month_start('min(occurred_on)') }} as began_in
    from {{ ref('int_ad_days') }}
    where channel is not null
    group by channel
)

select
    costs.cost_id,
    costs.source_key,
    costs.load_id,
    costs.cost_on,
    costs.channel,
    costs.campaign,
    costs.cost_type,
    costs.amount,
    coalesce(costs.cost_type, '') <> '{{ var("ad_spend_cost_type") }}'
    or reports.began_in is null
    or {{ month_start('costs.cost_on') }} <= reports.began_in as is_counted
from {{ ref('stg_file_drop__promotion_costs') }} as costs
left join reports on costs.channel = reports.channel
where not costs.is_deleted
