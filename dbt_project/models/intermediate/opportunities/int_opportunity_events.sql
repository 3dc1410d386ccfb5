-- One row per opportunity and event that counts in a quarter: engaged on its day, won or lost on the day it was closed.
-- An opportunity that nobody dated has an event without a day, so that it is counted somewhere.
{{ config(materialized='view') }}

with opportunities as (
    select * from {{ ref('int_opportunities') }}
)

select
    'engaged' as event,
    owner_employee_no,
    engaged_on as occurred_on,
    currency,
    cast(0 as decimal(18, 2)) as won_amount,
    null as days_to_close
from opportunities
union all
select
    outcome,
    owner_employee_no,
    closed_on,
    currency,
    case when outcome = 'won' then coalesce(amount, 0) else 0 end,
    days_to_close
from opportunities
where outcome in ('won', 'lost')
