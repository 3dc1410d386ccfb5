-- One row per thing people follow and month: its followers on the day the month is measured. An official account tells
-- how many it has; it counts from the month its articles are known, since an interaction nobody could see is not none.
-- Of Douyin only those are known whom an ad unit has won since the history began.
{{ config(materialized='view') }}

with months as (
    select * from {{ ref('int_months') }}
),

known_from as (
    select appid, {{ month_start('min(stat_on)') }} as month_start
    from {{ ref('stg_wechat_oa__article_totals') }}
    group by appid
),

accounts as (
    select
        counts.appid,
        months.measured_on,
        row_number() over (partition by counts.appid, months.month_start order by counts.stat_on desc) as lateness,
        counts.followers,
        counts.source_key,
        counts.load_id
    from {{ ref('stg_wechat_oa__user_cumulate') }} as counts
    inner join months on counts.stat_on >= months.month_start and counts.stat_on <= months.measured_on
    inner join known_from on counts.appid = known_from.appid and months.month_start >= known_from.month_start
    where not counts.is_deleted and counts.user_source = 0
),

ad_units as (
    select
        reports.promotion_id,
        months.measured_on,
        max_by(reports.project_id, reports.stat_on) as campaign_id,
        sum(reports.follows) as followers,
        max_by(reports.source_key, reports.stat_on) as source_key,
        max_by(reports.load_id, reports.stat_on) as load_id
    from {{ ref('stg_oceanengine__report') }} as reports
    inner join months on reports.stat_on <= months.measured_on
    where not reports.is_deleted
    group by reports.promotion_id, months.measured_on
)

select
    'wechat_oa' as source_system,
    'user_cumulate' as source_stream,
    source_key,
    load_id,
    measured_on,
    cast(null as varchar) as campaign_id,
    cast(null as varchar) as promotion_id,
    followers
from accounts
where lateness = 1
union all
select
    'oceanengine', 'report', source_key, load_id, measured_on, campaign_id, promotion_id, cast(followers as bigint)
from ad_units
