-- Event columns count each step on its own date, cohort columns follow the leads created in the month.
with leads as (
    select * from {{ ref('fct_leads') }} where is_countable
),

events as (
    select *, created_on as event_on, 'created' as event from leads
    union all
    select *, first_contact_on, 'contacted' from leads where first_contact_on is not null
    union all
    select *, mql_on, 'mql' from leads where mql_on is not null
    union all
    select *, sql_on, 'sql' from leads where sql_on is not null
    union all
    select *, won_on, 'won' from leads where won_on is not null
)

select
    {{ month_start('event_on') }} as month_start,
    coalesce(channel, '') as channel,
    coalesce(owner_employee_no, '') as owner_employee_no,
    count(*) filter (where event = 'created') as lead_count,
    count(*) filter (where event = 'contacted') as followed_up_count,
    count(*) filter (where event = 'mql') as mql_count,
    count(*) filter (where event = 'sql') as sql_count,
    count(*) filter (where event = 'won') as won_count,
    cast(coalesce(sum(won_amount) filter (where event = 'won'), 0) as decimal(38, 2)) as won_amount,
    count(*) filter (where event = 'created' and first_contact_on is not null) as cohort_followed_up_count,
    count(*) filter (where event = 'created' and mql_on is not null) as cohort_mql_count,
    count(*) filter (where event = 'created' and sql_on is not null) as cohort_sql_count,
    count(*) filter (where event = 'created' and won_on is not null) as cohort_won_count,
    cast(coalesce(sum(won_amount) filter (where event = 'created'), 0) as decimal(38, 2)) as cohort_won_amount
from events
group by 1, 2, 3
