-- One row per metric of the website, figure and credited employee: the owners of its channel on the day share it.
-- Visitors count once a month, on its last known day; their growth is known when the month is over.
{{ config(materialized='view') }}

with figures as (
    select
        'uv_growth_rate' as metric_id, measured_on as occurred_on, 'month' as role,
        visitors - visitors_year_before as numerator, visitors_year_before as denominator,
        'visits_by_month' as source_stream, source_key, load_id
    from {{ ref('int_site_months') }}
    where is_over and visitors_year_before > 0
    union all
    select
        'form_conversion_rate', measured_on, 'visitors', 0, visitors, 'visits_by_month', source_key, load_id
    from {{ ref('int_site_months') }}
    union all
    select
        'form_conversion_rate', converted_on, 'forms', conversions, 0, 'goals_by_day', source_key, load_id
    from {{ ref('int_site_forms') }}
),

shared as (
    select
        figures.*,
        shares.employee_no,
        coalesce(shares.share_from, 0) as share_from,
        coalesce(shares.share_to, 1) as share_to
    from figures
    inner join {{ ref('channel_sources') }} as channels
        on channels.source_system = 'matomo' and figures.source_stream = channels.source_stream
    left join {{ ref('int_credit_shares') }} as shares
        on
            shares.object_type = 'channel'
            and channels.channel = shares.object_id
            and figures.occurred_on >= shares.valid_from
            and figures.occurred_on < shares.valid_to
)

select
    metric_id,
    employee_no,
    occurred_on,
    role,
    cast(numerator * share_to as decimal(38, 6)) - cast(numerator * share_from as decimal(38, 6)) as numerator,
    cast(denominator * share_to as decimal(38, 6)) - cast(denominator * share_from as decimal(38, 6)) as denominator,
    true as counts_for_company,
    'matomo' as source_system,
    source_stream,
    source_key,
    load_id
from shared
