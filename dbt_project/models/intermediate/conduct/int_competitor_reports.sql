-- One row per competitor move that somebody discovered, judged by the deadline valid on that day (F029, trap T23): a
-- report that is late, missing or lacks one of its four parts is worth nothing.
{{ follows(ref('int_competitor_reports__sources')) }}

with reports as (
    select
        *,
        {{ business_date('discovered_at') }} as discovered_on,
        {{ seconds_between('discovered_at', 'submitted_at') }} as response_seconds
    from {{ ref('int_competitor_reports__sources') }}
    where {{ is_affected() }}
)

select
    reports.report_id,
    reports.source_system,
    reports.source_stream,
    reports.source_key,
    reports.load_id,
    reports.source_user_id,
    reports.employee_no,
    reports.discovered_at,
    reports.discovered_on,
    reports.submitted_at,
    reports.response_seconds,
    coalesce(reports.has_features, false)
    and coalesce(reports.has_users, false)
    and coalesce(reports.has_impact, false)
    and coalesce(reports.has_advice, false) as is_complete,
    coalesce(reports.response_seconds <= rules.value * 3600, false) as is_on_time,
    reports.quality_score
from reports
left join {{ ref('measurement_rules') }} as rules
    on
        rules.rule_id = 'competitor_report_deadline_hours'
        and reports.discovered_on >= rules.valid_from
        and (rules.valid_to is null or reports.discovered_on < rules.valid_to)
