-- One row per lead of an ad platform, all platforms in the same words.
{{ config(materialized='view') }}

with channels as (
    select distinct source_system, channel from {{ ref('channel_sources') }}
),

found as (
    select
        'oceanengine' as source_system,
        'clues' as source_stream,
        source_key,
        load_id,
        clue_id as platform_lead_id,
        promotion_id,
        created_at,
        created_on,
        phone_hash,
        is_countable
    from {{ ref('stg_oceanengine__clues') }}
    where not is_deleted
    union all
    -- Tencent names no imported, abnormal or preview leads
    select
        'tencent_ads', 'leads', source_key, load_id, leads_id, adgroup_id, created_at, created_on, phone_hash, true
    from {{ ref('stg_tencent_ads__leads') }}
    where not is_deleted
)

select found.*, channels.channel
from found
left join channels on found.source_system = channels.source_system
