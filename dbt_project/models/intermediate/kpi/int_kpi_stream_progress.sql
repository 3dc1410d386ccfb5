-- One row per stream: through when everything is known. Of the accounts asked in the stream's last night the slowest
-- counts; an account that was switched off does not hold the others back.
with outcomes as (
    select * from {{ source('etl', 'stream_outcomes') }}
),

nights as (
    select
        source,
        stream,
        account,
        as_of,
        state,
        max(complete_through) over (partition by source, stream, account) as complete_through,
        rank() over (partition by source, stream order by as_of desc) as night_rank
    from outcomes
),

latest as (
    select
        source,
        stream,
        min(coalesce(complete_through, timestamp with time zone '1900-01-01 00:00:00+00')) as complete_through,
        bool_and(state = 'complete') as is_last_complete
    from nights
    where night_rank = 1
    group by source, stream
),

-- a manual feed is known through the period of its newest file (connectors give the file's own period as window)
files as (
    select source, stream, max(window_end) as covered_through
    from {{ source('etl', 'loads') }}
    where source = 'file_drop'
    group by source, stream
)

select
    latest.source,
    latest.stream,
    latest.source || '.' || latest.stream as stream_id,
    greatest(
        latest.complete_through,
        coalesce(files.covered_through, latest.complete_through),
        case
            when latest.source = 'file_drop' and latest.is_last_complete
                then {{ as_of() }} else latest.complete_through
        end
    ) as complete_through
from latest
left join files on latest.source = files.source and latest.stream = files.stream
