-- Ratios are sums over sums, never means of ratios. A metric that is a state takes the last month of the period.
{% set periods_affected -%}
    select period_id from {{ changed(ref('int_kpi_periods')) }}
    union all
    select periods.period_id
    from {{ ref('int_kpi_periods') }} as periods
    inner join (select distinct month_start from {{ changed(ref('fct_kpi_month_sums')) }}) as months
        on months.month_start >= periods.period_start and months.month_start < periods.period_end
{%- endset %}
{{ affected_by('period_id', periods_affected) }}

with metrics as (
    select * from {{ source('reference', 'metric_catalogue') }}
),

periods as (
    select * from {{ ref('int_kpi_periods') }} where {{ is_affected() }}
)

select
    sums.metric_id,
    sums.grain,
    sums.subject_id,
    periods.period_id,
    cast(sum(sums.numerator) as decimal(38, 6)) as numerator,
    cast(sum(sums.denominator) as decimal(38, 6)) as denominator,
    cast(sum(sums.contribution_count) as bigint) as contribution_count
from {{ ref('fct_kpi_month_sums') }} as sums
inner join metrics on sums.metric_id = metrics.metric_id
inner join periods
    on
        list_contains(metrics.cadences, periods.cadence)
        and sums.month_start >= case metrics.aggregation
            when 'last' then periods.last_month_start else periods.period_start
        end
        and sums.month_start < periods.period_end
group by sums.metric_id, sums.grain, sums.subject_id, periods.period_id
