-- The only table of measured values that scoring reads (docs/contracts.md §6).
{% set periods_affected -%}
    select period_id from {{ changed(ref('int_kpi_audience')) }}
    union all
    select period_id from {{ changed(ref('fct_kpi_period_sums')) }}
    union all
    select period_id from {{ changed(ref('int_kpi_readiness')) }}
    union all
    select period_id from {{ changed(ref('int_kpi_periods')) }}
    union all
    select period_id from {{ changed(ref('int_kpi_targets')) }}
{%- endset %}
{{ affected_by('period_id', periods_affected) }}

with metrics as (
    select
        *,
        unit <> 'count' and (unit <> 'currency' or denominator is not null) as is_ratio,
        metric_id = 'sales_revenue_attainment' as is_against_target
    from {{ source('reference', 'metric_catalogue') }}
),

subjects as (
    select metric_id, grain, subject_id, period_id from {{ ref('int_kpi_audience') }} where {{ is_affected() }}
    union
    select metric_id, grain, subject_id, period_id from {{ ref('fct_kpi_period_sums') }} where {{ is_affected() }}
),

joined as (
    select
        subjects.metric_id,
        subjects.grain,
        subjects.subject_id,
        periods.cadence,
        periods.period_id,
        periods.period_start,
        periods.period_end,
        periods.is_provisional,
        periods.as_of,
        metrics.unit,
        metrics.is_ratio,
        metrics.is_against_target,
        metrics.on_zero_denominator,
        coalesce(sums.numerator, 0) as numerator,
        -- a target of the subject's own outranks the sum of its members' or months' targets
        coalesce(case when metrics.is_against_target then targets.target end, sums.denominator, 0) as denominator,
        case when not metrics.is_against_target then targets.target end as target,
        readiness.has_history,
        readiness.is_lacking,
        readiness.is_only_due,
        readiness.lacking_streams
    from subjects
    inner join metrics on subjects.metric_id = metrics.metric_id
    inner join {{ ref('int_kpi_periods') }} as periods on subjects.period_id = periods.period_id
    inner join {{ ref('int_kpi_readiness') }} as readiness
        on subjects.metric_id = readiness.metric_id and subjects.period_id = readiness.period_id
    left join {{ ref('fct_kpi_period_sums') }} as sums
        on
            subjects.metric_id = sums.metric_id
            and subjects.grain = sums.grain
            and subjects.subject_id = sums.subject_id
            and subjects.period_id = sums.period_id
    left join {{ ref('int_kpi_targets') }} as targets
        on
            subjects.metric_id = targets.metric_id
            and subjects.grain = targets.grain
            and subjects.subject_id = targets.subject_id
            and subjects.period_id = targets.period_id
),

judged as (
    select
        *,
        case
            when not has_history then 'missing'
            when is_lacking and is_only_due then 'pending'
            when is_lacking then 'missing'
            when not is_ratio or denominator > 0 then 'ok'
            when is_against_target then 'missing'
            when on_zero_denominator in ('zero', 'full') then 'ok'
            when on_zero_denominator = 'error' then 'missing'
            else 'not_applicable'
        end as state
    from joined
)

select
    metric_id,
    grain,
    subject_id,
    cadence,
    period_id,
    period_start,
    period_end,
    cast(case
        when state <> 'ok' then null
        when is_ratio and denominator = 0 then case on_zero_denominator when 'full' then 1 else 0 end
        else numerator
    end as decimal(38, 6)) as numerator,
    cast(case
        when state <> 'ok' or not is_ratio then null
        when denominator = 0 then 1
        else denominator
    end as decimal(38, 6)) as denominator,
    cast(target as decimal(38, 6)) as target,
    unit,
    state,
    case
        when state = 'ok' then ''
        when not has_history then 'the period began before the history'
        when is_lacking then 'not complete through the period: ' || lacking_streams
        when is_against_target then 'no target'
        else 'nothing to divide by'
    end as state_reason,
    is_provisional,
    as_of
from judged
