-- One row per metric and period: which of its sources are not known through the period, as text; null when all are.
with needs as (
    select metrics.metric_id, needed.stream_id
    from {{ source('reference', 'metric_catalogue') }} as metrics
    cross join unnest(metrics.sources) as needed (stream_id)
),

periods as (
    select * from {{ ref('int_kpi_periods') }}
),

feeds as (
    select periods.period_id, months.stream_id, bool_and(months.has_file) as has_files
    from periods
    inner join {{ ref('int_kpi_feed_months') }} as months
        on months.month_start >= periods.period_start and months.month_start < periods.period_end
    group by periods.period_id, months.stream_id
),

checked as (
    select
        needs.metric_id,
        periods.period_id,
        periods.is_provisional,
        periods.has_history,
        needs.stream_id,
        not coalesce(progress.complete_through >= periods.needed_through, feeds.has_files, false) as is_lacking
    from needs
    cross join periods
    left join {{ ref('int_kpi_stream_progress') }} as progress on needs.stream_id = progress.stream_id
    left join feeds on needs.stream_id = feeds.stream_id and periods.period_id = feeds.period_id
)

select
    metric_id,
    period_id,
    bool_and(has_history) as has_history,
    bool_or(is_lacking) as is_lacking,
    -- a file that people hand in is due, not lost, while its period runs
    bool_and(is_provisional and (not is_lacking or stream_id like 'file_drop.%')) as is_only_due,
    string_agg(case when is_lacking then stream_id end, ', ' order by stream_id) as lacking_streams
from checked
group by metric_id, period_id
