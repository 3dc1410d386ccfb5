-- One row per metric of reach and engagement, record and credited marketing employee. Interactions stand on their
-- own day, the followers they are divided by on the last day of the month (F132).
{{ config(materialized='view') }}

with credited as (
    select
        social.*,
        credits.employee_no,
        cast(social.quantity * credits.share_to as decimal(38, 6))
        - cast(social.quantity * credits.share_from as decimal(38, 6)) as slice
    from {{ ref('int_social_activity') }} as social
    inner join {{ ref('int_credits') }} as credits
        on credits.record_type = 'social' and social.social_id = credits.record_id
)

select
    case kind when 'reach' then 'exposure_reach' else 'social_engagement_rate' end as metric_id,
    employee_no,
    occurred_on,
    kind as role,
    case kind when 'follower' then 0 else slice end as numerator,
    case kind when 'follower' then slice else 0 end as denominator,
    true as counts_for_company,
    source_system,
    source_stream,
    source_key,
    load_id
from credited
