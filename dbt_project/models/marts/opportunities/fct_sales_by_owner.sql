-- Everybody whose wins are measured has a row in every quarter of their employment, also when nothing happened.
with quarters as (
    select period_id, period_start, period_end, is_provisional
    from {{ ref('int_kpi_periods') }}
    where cadence = 'quarter'
),

seats as (
    select * from {{ ref('int_employees__assignments') }}
),

history as (
    select min(engaged_on) as first_engaged_on, min(closed_on) as first_closed_on
    from {{ ref('int_opportunities') }}
),

happened as (
    select
        events.*,
        coalesce(quarters.period_id, 'undated') as period_id,
        seats.team_id,
        seats.manager_employee_no
    from {{ ref('int_opportunity_events') }} as events
    left join quarters
        on events.occurred_on >= quarters.period_start and events.occurred_on < quarters.period_end
    left join seats
        on
            events.owner_employee_no = seats.employee_no
            and coalesce(events.occurred_on, {{ as_of_date() }}) >= seats.credit_from
            and coalesce(events.occurred_on, {{ as_of_date() }}) < seats.credit_to
    where events.occurred_on is null or events.occurred_on < {{ as_of_date() }}
),

employed as (
    select distinct
        'none' as event, seats.employee_no, seats.team_id, seats.manager_employee_no, quarters.period_id
    from seats
    inner join quarters
        on
            seats.valid_from < quarters.period_end
            and (seats.valid_to is null or seats.valid_to > quarters.period_start)
    inner join {{ source('reference', 'metric_catalogue') }} as metrics
        on
            metrics.metric_id = 'won_amount'
            and (
                len(metrics.applies_to_departments) = 0
                or list_contains(metrics.applies_to_departments, seats.department_id)
            )
),

counted as (
    select
        event, owner_employee_no as employee_no, team_id, manager_employee_no, period_id, currency, won_amount,
        days_to_close
    from happened
    union all
    select event, employee_no, team_id, manager_employee_no, period_id, '{{ var("currency") }}', 0, null
    from employed
)

select
    concat_ws(
        '|',
        coalesce(counted.employee_no, '-'),
        coalesce(counted.team_id, '-'),
        coalesce(counted.manager_employee_no, '-'),
        counted.period_id,
        counted.currency
    ) as sales_key,
    counted.employee_no,
    counted.team_id,
    counted.manager_employee_no,
    counted.period_id,
    quarters.period_start,
    quarters.period_end,
    counted.currency,
    count(*) filter (where counted.event = 'engaged') as opportunities_count,
    count(*) filter (where counted.event = 'won') as won_count,
    count(*) filter (where counted.event = 'lost') as lost_count,
    cast(sum(counted.won_amount) as decimal(38, 2)) as won_amount,
    cast(coalesce(sum(counted.days_to_close) filter (where counted.event = 'won'), 0) as bigint) as days_to_win_sum,
    count(counted.days_to_close) filter (where counted.event = 'won') as days_to_win_count,
    -- the counts of a quarter that began before the history's first records, of either kind, lack what came before
    coalesce(
        bool_or(
            quarters.period_start < history.first_engaged_on or quarters.period_start < history.first_closed_on
        ),
        false
    ) as is_partial,
    coalesce(bool_or(quarters.is_provisional), false) as is_provisional
from counted
cross join history
left join quarters on counted.period_id = quarters.period_id
group by
    counted.employee_no, counted.team_id, counted.manager_employee_no, counted.period_id, counted.currency,
    quarters.period_start, quarters.period_end
