-- Every opportunity began once and every closed one was closed once, whoever owns it: nothing falls between owners,
-- quarters or currencies.
{{ config(meta={'dagster': {'ref': {'name': 'fct_sales_by_owner'}}}) }}

with counted as (
    select
        coalesce(sum(opportunities_count), 0) as opportunities_count,
        coalesce(sum(won_count), 0) as won_count,
        coalesce(sum(lost_count), 0) as lost_count,
        coalesce(sum(won_amount), 0) as won_amount
    from {{ ref('fct_sales_by_owner') }}
),

expected as (
    select
        count(*) filter (where engaged_on is null or engaged_on < {{ as_of_date() }}) as opportunities_count,
        count(*) filter (where outcome = 'won' and coalesce(closed_on < {{ as_of_date() }}, true)) as won_count,
        count(*) filter (where outcome = 'lost' and coalesce(closed_on < {{ as_of_date() }}, true)) as lost_count,
        coalesce(sum(amount) filter (
            where outcome = 'won' and coalesce(closed_on < {{ as_of_date() }}, true)
        ), 0) as won_amount
    from {{ ref('fct_opportunities') }}
)

select counted.*, expected.*
from counted
cross join expected
where
    counted.opportunities_count <> expected.opportunities_count
    or counted.won_count <> expected.won_count
    or counted.lost_count <> expected.lost_count
    or counted.won_amount <> expected.won_amount
