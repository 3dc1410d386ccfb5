-- One row per feed a metric needs and month: whether the file that holds the month's end has arrived (connectors give a
-- file's own period as the window of its load). A month nothing happened in has an empty file; a month without file
-- is unknown, and zero would be a guess.
with feeds as (
    select distinct needed.stream_id
    from {{ source('reference', 'metric_catalogue') }} as metrics
    cross join unnest(metrics.sources) as needed (stream_id)
    where needed.stream_id like 'file_drop.%'
),

months as (
    select
        month_start,
        {{ start_of_business_date('least(month_end, ' ~ as_of_date() ~ ')') }} as needed_through
    from {{ ref('int_months') }}
),

files as (
    select source || '.' || stream as stream_id, window_start, window_end
    from {{ source('etl', 'loads') }}
    where source = 'file_drop'
)

select
    feeds.stream_id,
    months.month_start,
    coalesce(bool_or(files.window_end >= months.needed_through), false) as has_file
from feeds
cross join months
left join files on feeds.stream_id = files.stream_id and files.window_start < months.needed_through
group by feeds.stream_id, months.month_start
