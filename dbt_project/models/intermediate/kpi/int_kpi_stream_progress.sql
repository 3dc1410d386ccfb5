-- One row per stream of a system: through when everything is known. Of the accounts asked in the stream's last night
-- the slowest counts; an account that was switched off does not hold the others back. Feeds are judged by their files
-- (int_kpi_feed_months): an inbox without a file was searched in vain, not found empty.
with nights as (
    select
        source,
        stream,
        max(complete_through) over (partition by source, stream, account) as complete_through,
        rank() over (partition by source, stream order by as_of desc) as night_rank
    from {{ source('etl', 'stream_outcomes') }}
    where source <> 'file_drop'
)

select
    source,
    stream,
    source || '.' || stream as stream_id,
    min(coalesce(complete_through, timestamp with time zone '1900-01-01 00:00:00+00')) as complete_through
from nights
where night_rank = 1
group by source, stream
