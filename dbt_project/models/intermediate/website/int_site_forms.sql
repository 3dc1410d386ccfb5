-- One row per site, form and day: how often it was sent in, in the segment its months are counted in.
with segments as (
    select distinct site_id, segment from {{ ref('int_site_months') }}
)

select
    goals.source_key,
    goals.load_id,
    goals.site_id,
    goals.goal_id,
    goals.goal_name,
    goals.converted_on,
    goals.conversions
from {{ ref('stg_matomo__goals_by_day') }} as goals
inner join segments
    on goals.site_id = segments.site_id and goals.segment = segments.segment
where not goals.is_deleted and goals.is_form
