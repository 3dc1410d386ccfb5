-- One row per article and day of its life: what the day added to figures that are cumulative. A day the vendor left out
-- is part of the next one; a correction downwards is negative, so that the days always add up to the last total.
{{ config(materialized='view') }}

select
    appid,
    msgid,
    published_on,
    stat_on,
    source_key,
    load_id,
    coalesce(readers_total, 0) - coalesce(lag(readers_total) over article, 0) as readers,
    coalesce(shares_total, 0) - coalesce(lag(shares_total) over article, 0) as shares,
    coalesce(recommendations_total, 0) - coalesce(lag(recommendations_total) over article, 0) as recommendations,
    coalesce(likes_total, 0) - coalesce(lag(likes_total) over article, 0) as likes,
    coalesce(comments_total, 0) - coalesce(lag(comments_total) over article, 0) as comments
from {{ ref('stg_wechat_oa__article_totals') }}
where not is_deleted
window article as (partition by appid, msgid order by stat_on)
