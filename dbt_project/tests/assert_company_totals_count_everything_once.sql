-- What the contributions add up to for the company is what the marts of the subjects hold: nothing credited twice,
-- nothing lost between sides, owners or shares.
{{ config(meta={'dagster': {'ref': {'name': 'fct_kpi_contributions'}}}) }}

with contributed as (
    select metric_id, sum(numerator) as numerator, sum(denominator) as denominator
    from {{ ref('fct_kpi_contributions') }}
    where counts_for_company
    group by metric_id
),

leads as (
    select * from {{ ref('fct_leads') }} where is_countable
),

expected as (
    select
        'lead_count' as metric_id,
        cast(count(*) as decimal(38, 6)) as numerator,
        cast(0 as decimal(38, 6)) as denominator
    from leads
    union all
    select 'mql_count', count(mql_on), 0 from leads
    union all
    select 'lead_followup_rate', count(first_contact_on), count(*) from leads
    union all
    select 'lead_to_won_rate', count(won_on), count(*) from leads
    union all
    select 'lead_quality', count(won_on), count(first_contact_on) from leads
    union all
    select 'roas', (select coalesce(sum(won_amount), 0) from leads), coalesce(sum(return_cost_amount), 0)
    from {{ ref('int_spend') }}
    union all
    select 'cost_per_lead', (select coalesce(sum(cost_amount), 0) from {{ ref('int_spend') }}), count(*) from leads
    union all
    select
        'sales_revenue_attainment',
        (select coalesce(sum(amount), 0) from {{ ref('fct_orders') }}),
        coalesce(sum(denominator), 0)
    from {{ ref('int_kpi_contributions__targets') }}
    union all
    select 'new_customer_count', count(*), 0 from {{ ref('fct_customer_purchases') }} where is_first_order
    union all
    select 'customer_file_coverage', count(*) filter (where has_file), count(*)
    from {{ ref('fct_customer_files') }}
)

select
    expected.metric_id,
    expected.numerator,
    contributed.numerator as contributed_numerator,
    expected.denominator,
    contributed.denominator as contributed_denominator
from expected
left join contributed on expected.metric_id = contributed.metric_id
where
    coalesce(contributed.numerator, 0) <> expected.numerator
    or coalesce(contributed.denominator, 0) <> expected.denominator
