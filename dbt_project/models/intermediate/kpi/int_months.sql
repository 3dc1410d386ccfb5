-- One row per month of the history. `measured_on` is the day a state is taken: the month's last day, or the last
-- business date known while the month is open.
select
    period_id,
    period_start as month_start,
    period_end as month_end,
    {{ add_days('least(period_end, ' ~ as_of_date() ~ ')', -1) }} as measured_on,
    period_end > {{ as_of_date() }} as is_open
from {{ source('reference', 'periods') }}
where cadence = 'month' and period_start < {{ as_of_date() }}
