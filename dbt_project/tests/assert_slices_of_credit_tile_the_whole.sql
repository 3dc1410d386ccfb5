-- Every lead and piece of spend is credited exactly once: its slices add up to one and leave no gap.
{{ config(meta={'dagster': {'ref': {'name': 'int_credits'}}}) }}

select record_type, record_id, sum(share_to - share_from) as covered, min(share_from) as begins, max(share_to) as ends
from {{ ref('int_credits') }}
group by record_type, record_id
having sum(share_to - share_from) <> 1 or min(share_from) <> 0 or max(share_to) <> 1
