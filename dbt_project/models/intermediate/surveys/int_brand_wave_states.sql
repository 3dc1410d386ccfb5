-- One row per wave of the brand survey and month whose latest wave it is: how many knew the brand then, and in the wave
-- before. Only answers up to the month's last known day count, so that a closed month does not move.
with answers as (
    select *, coalesce(is_aware_aided, false) or coalesce(is_aware_unaided, false) as is_aware
    from {{ ref('stg_jiandaoyun__brand_survey') }}
    where not is_deleted and (is_aware_aided is not null or is_aware_unaided is not null)
),

waves as (
    select
        wave,
        min(answered_on) as began_on,
        lag(wave) over (order by min(answered_on), wave) as wave_before,
        lead(min(answered_on)) over (order by min(answered_on), wave) as next_began_on
    from answers
    group by wave
),

states as (
    select
        waves.wave,
        waves.wave_before,
        months.month_start,
        months.measured_on
    from waves
    inner join {{ ref('int_months') }} as months
        on
            waves.began_on <= months.measured_on
            and (waves.next_began_on is null or waves.next_began_on > months.measured_on)
)

select
    states.wave,
    states.wave_before,
    states.month_start,
    states.measured_on,
    max(answers.load_id) as load_id,
    count(*) filter (where answers.wave = states.wave) as answers_count,
    count(*) filter (where answers.wave = states.wave and answers.is_aware) as aware_count,
    count(*) filter (where answers.wave = states.wave_before) as answers_before_count,
    count(*) filter (where answers.wave = states.wave_before and answers.is_aware) as aware_before_count
from states
inner join answers
    on
        (states.wave = answers.wave or states.wave_before = answers.wave)
        and answers.answered_on <= states.measured_on
group by states.wave, states.wave_before, states.month_start, states.measured_on
