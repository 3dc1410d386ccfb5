-- One row per article and day of its life: what the day added to figures that are cumulative. A day the vendor left out is
-- part of the next one; a correction downwards is negative, so that the days always add up to the last total.
{{ config(materialized='view') }}

select
    appid,
    msgid,
    published_on,
    stat_on,
    source_key,
    load_id,
    {% for figure in ['readers', 'shares', 'recommendations', 'likes', 'comments'] -%}
    coalesce({{ figure }}_total, 0)
    - coalesce(lag({{ figure }}_total) over article, 0) as {{ figure }}{{ ',' if not loop.last }}
    {% endfor %}
from {{ ref('stg_wechat_oa__article_totals') }}
where not is_deleted
window article as (partition by appid, msgid order by stat_on)
