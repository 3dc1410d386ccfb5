-- One row per period a metric may be measured over. `needed_through` is the instant up to which sources must be
-- known: the end of the period, or of the last business date while it is open. `has_history` is false for a
-- period that began before the history does.
with periods as (
    select * from {{ source('reference', 'periods') }} where period_start < {{ as_of_date() }}
),

history as (
    select min(period_start) as history_start from periods where cadence = 'month'
)

select
    periods.period_id,
    periods.cadence,
    periods.period_start,
    periods.period_end,
    periods.period_end > {{ as_of_date() }} as is_provisional,
    periods.period_start >= history.history_start as has_history,
    {{ start_of_business_date('least(periods.period_end, ' ~ as_of_date() ~ ')') }} as needed_through,
    -- what is measured over a finished period stands as of its end, whenever it was worked out
    case
        when periods.period_end > {{ as_of_date() }} then {{ as_of() }}
        else {{ start_of_business_date('periods.period_end') }}
    end as as_of,
    -- the month whose state is the period's state
    {{ month_start(add_days('least(periods.period_end, ' ~ as_of_date() ~ ')', -1)) }} as last_month_start
from periods
cross join history
