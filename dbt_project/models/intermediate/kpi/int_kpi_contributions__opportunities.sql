-- One row per opportunity metric and closed opportunity, credited to its owner on the day it was closed. Amounts of
-- another currency than the company's are no part of any sum.
{{ config(materialized='view') }}

with closed as (
    select * from {{ ref('int_opportunities') }} where outcome in ('won', 'lost') and closed_on is not null
)

select
    'won_amount' as metric_id,
    owner_employee_no as employee_no,
    closed_on as occurred_on,
    'won' as role,
    coalesce(amount, 0) as numerator,
    0 as denominator,
    true as counts_for_company,
    source_system,
    source_stream,
    source_key,
    load_id
from closed
where outcome = 'won' and currency = '{{ var("currency") }}'
union all
select
    'opportunity_win_rate', owner_employee_no, closed_on, 'closed',
    case when outcome = 'won' then 1 else 0 end, 1, true, source_system, source_stream, source_key, load_id
from closed
