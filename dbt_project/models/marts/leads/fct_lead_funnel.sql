-- Event columns count each step on its own date, cohort columns follow the leads created in the month. Money is spent
-- on a channel, not on a lead's owner: it stands in the row without owner, so that the sum over owners is the funnel.
{{ config(meta={'day': 'month_start'}) }}
{% set days_affected -%}
    select created_on from {{ changed(ref('fct_leads')) }}
    union all
    select first_contact_on from {{ changed(ref('fct_leads')) }}
    union all
    select mql_on from {{ changed(ref('fct_leads')) }}
    union all
    select sql_on from {{ changed(ref('fct_leads')) }}
    union all
    select won_on from {{ changed(ref('fct_leads')) }}
    union all
    select occurred_on from {{ changed(ref('int_spend')) }}
{%- endset %}
{{ affected_days('month_day', days_of_their_months(days_affected), 'month_start') }}

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
),

steps as (
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
    where {{ is_affected(month_day='event_on') }}
    group by 1, 2, 3
),

spend as (
    select
        {{ month_start('occurred_on') }} as month_start,
        coalesce(channel, '') as channel,
        '' as owner_employee_no,
        sum(cost_amount) as spend_amount
    from {{ ref('int_spend') }}
    where {{ is_affected(month_day='occurred_on') }}
    group by 1, 2
),

keys as (
    select month_start, channel, owner_employee_no from steps
    union
    select month_start, channel, owner_employee_no from spend
)

select
    keys.month_start,
    keys.channel,
    keys.owner_employee_no,
    cast(coalesce(spend.spend_amount, 0) as decimal(38, 4)) as spend_amount,
    coalesce(steps.lead_count, 0) as lead_count,
    coalesce(steps.followed_up_count, 0) as followed_up_count,
    coalesce(steps.mql_count, 0) as mql_count,
    coalesce(steps.sql_count, 0) as sql_count,
    coalesce(steps.won_count, 0) as won_count,
    cast(coalesce(steps.won_amount, 0) as decimal(38, 2)) as won_amount,
    coalesce(steps.cohort_followed_up_count, 0) as cohort_followed_up_count,
    coalesce(steps.cohort_mql_count, 0) as cohort_mql_count,
    coalesce(steps.cohort_sql_count, 0) as cohort_sql_count,
    coalesce(steps.cohort_won_count, 0) as cohort_won_count,
    cast(coalesce(steps.cohort_won_amount, 0) as decimal(38, 2)) as cohort_won_amount
from keys
left join steps
    on
        keys.month_start = steps.month_start
        and keys.channel = steps.channel
        and keys.owner_employee_no = steps.owner_employee_no
left join spend
    on
        keys.month_start = spend.month_start
        and keys.channel = spend.channel
        and keys.owner_employee_no = spend.owner_employee_no
