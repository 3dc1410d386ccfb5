{{ follows(ref('int_competitor_reports')) }}

select
    report_id,
    employee_no,
    discovered_at,
    discovered_on,
    submitted_at,
    cast(response_seconds as bigint) as response_seconds,
    is_on_time,
    is_complete,
    cast(quality_score as decimal(18, 4)) as quality_score,
    cast(
        case when is_on_time and is_complete then coalesce(quality_score, 0) else 0 end as decimal(18, 4)
    ) as counted_score,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_competitor_reports') }}
where {{ is_affected() }}
