{{ config(meta={'day': 'month_start'}) }}
{% set days_affected -%}
    select occurred_on from {{ changed(ref('fct_kpi_contributions')) }}
    union all
    select day from {{ passed_days() }}
{%- endset %}
{{ affected_days('month_day', days_of_their_months(days_affected), 'month_start') }}

with contributions as (
    select *, {{ month_start('occurred_on') }} as month_start
    from {{ ref('fct_kpi_contributions') }}
    -- what is dated after the last business date has not happened yet
    where occurred_on < {{ as_of_date() }} and {{ is_affected(month_day='occurred_on') }}
),

grained as (
    select metric_id, 'employee' as grain, employee_no as subject_id, month_start, numerator, denominator
    from contributions
    where employee_no is not null
    union all
    select metric_id, 'team', team_id, month_start, numerator, denominator
    from contributions
    where team_id is not null
    union all
    select metric_id, 'department', department_id, month_start, numerator, denominator
    from contributions
    where department_id is not null
    union all
    select metric_id, 'company', 'company', month_start, numerator, denominator
    from contributions
    where counts_for_company
)

select
    metric_id,
    grain,
    subject_id,
    month_start,
    cast(sum(numerator) as decimal(38, 6)) as numerator,
    cast(sum(denominator) as decimal(38, 6)) as denominator,
    count(*) as contribution_count
from grained
group by metric_id, grain, subject_id, month_start
