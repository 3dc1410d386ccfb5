-- One row per site and month with visits: its different people, and those of the same month a year before. Only the
-- segment read last counts: another one is another series. A month in whose course tracking began is no month to be
-- compared with.
with months as (
    select * from {{ ref('stg_matomo__visits_by_month') }} where not is_deleted
),

segments as (
    select site_id, max_by(segment, (load_seq, segment)) as segment from months group by site_id
),

tracked as (
    select site_id, segment, min(visited_on) as tracked_from
    from {{ ref('stg_matomo__visits_by_day') }}
    where not is_deleted and visits > 0
    group by site_id, segment
),

counted as (
    select months.*, tracked.tracked_from
    from months
    inner join segments on months.site_id = segments.site_id and months.segment = segments.segment
    left join tracked on months.site_id = tracked.site_id and months.segment = tracked.segment
)

select
    counted.source_key,
    counted.load_id,
    counted.site_id,
    counted.segment,
    counted.month_start,
    calendar.measured_on,
    not calendar.is_open as is_over,
    counted.visits,
    counted.visitors,
    counted.actions,
    case when counted.tracked_from <= before.month_start then before.visitors end as visitors_year_before
from counted
inner join {{ ref('int_months') }} as calendar on counted.month_start = calendar.month_start
left join counted as before
    on counted.site_id = before.site_id and before.month_start = {{ year_before('counted.month_start') }}
