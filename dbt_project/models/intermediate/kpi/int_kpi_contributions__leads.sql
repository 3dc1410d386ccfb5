-- One row per lead metric, event of a lead and credited employee. Marketing is credited by shares as of the day the
-- lead was created, sales through whoever owned it when it happened. A
-- metric both sides are measured by counts for the company once, on the
-- marketing side, whose slices always add up to one.
{{ config(materialized='view') }}

with lead_metrics as (
    select * from (
        values
        ('lead_count', 'created', 'numerator', 'count', 'marketing'),
        ('mql_count', 'mql', 'numerator', 'count', 'marketing'),
        ('sql_count', 'sql', 'numerator', 'count', 'marketing'),
        ('cost_per_lead', 'created', 'denominator', 'count', 'marketing'),
        ('cost_per_mql', 'mql', 'denominator', 'count', 'marketing'),
        ('customer_acquisition_cost', 'won', 'denominator', 'count', 'marketing'),
        ('roas', 'won', 'numerator', 'amount', 'marketing'),
        ('roi_net', 'won', 'numerator', 'amount', 'marketing'),
        ('lead_followup_rate', 'contacted', 'numerator', 'count', 'sales'),
        ('lead_followup_rate', 'created', 'denominator', 'count', 'sales'),
        ('win_rate', 'won_after_sql', 'numerator', 'count', 'sales'),
        ('win_rate', 'sql', 'denominator', 'count', 'sales'),
        ('mql_to_sql_rate', 'sql_after_mql', 'numerator', 'count', 'both'),
        ('mql_to_sql_rate', 'mql', 'denominator', 'count', 'both'),
        ('lead_quality', 'won', 'numerator', 'count', 'both'),
        ('lead_quality', 'contacted', 'denominator', 'count', 'both'),
        ('lead_to_won_rate', 'won', 'numerator', 'count', 'both'),
        ('lead_to_won_rate', 'created', 'denominator', 'count', 'both')
    ) as listed (metric_id, event, part, measure, side)
),

credits as (
    select 'marketing' as side, events.lead_id, events.event, credits.employee_no, credits.share_from, credits.share_to
    from {{ ref('int_lead_events') }} as events
    inner join {{ ref('int_credits') }} as credits
        on credits.record_type = 'lead' and events.lead_id = credits.record_id
    union all
    select 'sales', lead_id, event, owner_employee_no, 0, 1
    from {{ ref('int_lead_events') }}
),

measured as (
    select
        lead_metrics.metric_id,
        lead_metrics.part,
        lead_metrics.side,
        credits.side as credited_side,
        events.event,
        events.source_system,
        events.source_stream,
        events.source_key,
        events.load_id,
        events.occurred_on,
        credits.employee_no,
        credits.share_from,
        credits.share_to,
        case lead_metrics.measure when 'amount' then coalesce(events.amount, 0) else 1 end as whole
    from {{ ref('int_lead_events') }} as events
    inner join lead_metrics on events.event = lead_metrics.event
    inner join credits
        on
            events.lead_id = credits.lead_id
            and events.event = credits.event
            and lead_metrics.side in (credits.side, 'both')
),

sliced as (
    select
        *,
        cast(whole * share_to as decimal(38, 6)) - cast(whole * share_from as decimal(38, 6)) as slice
    from measured
)

select
    metric_id,
    employee_no,
    occurred_on,
    event || ':' || credited_side as role,
    case part when 'numerator' then slice else 0 end as numerator,
    case part when 'denominator' then slice else 0 end as denominator,
    side <> 'both' or credited_side = 'marketing' as counts_for_company,
    source_system,
    source_stream,
    source_key,
    load_id
from sliced
