{{ config(meta={'day': 'created_on'}) }}
{% set links_key = "links.source_system || '.' || links.platform_lead_id" -%}
{% set leads_affected -%}
    select 'oceanengine.' || clue_id from {{ changed('stg_oceanengine__clues') }}
    union all
    select 'tencent_ads.' || leads_id from {{ changed('stg_tencent_ads__leads') }}
    union all
    select source_system || '.' || platform_lead_id from {{ changed(ref('int_platform_leads__links')) }}
    union all
    select {{ links_key }}
    from {{ ref('int_platform_leads__links') }} as links
    inner join {{ changed(ref('int_leads__milestones')) }} on links.lead_id = int_leads__milestones_changes.lead_id
{%- endset %}
{{ affected_by('platform_lead_key', leads_affected) }}

with links as (
    -- one person may fill a form twice and be two leads of the CRM: the first is the platform's
    select
        links.source_system,
        links.platform_lead_id,
        min_by(links.lead_id, (leads.created_at, leads.lead_id)) as lead_id,
        min_by(links.matched_by, (leads.created_at, leads.lead_id)) as matched_by
    from {{ ref('int_platform_leads__links') }} as links
    inner join {{ ref('int_leads__milestones') }} as leads on links.lead_id = leads.lead_id
    where {{ is_affected(platform_lead_key=links_key) }}
    group by 1, 2
)

select
    platform_leads.source_system || '.' || platform_leads.platform_lead_id as platform_lead_key,
    platform_leads.source_system,
    platform_leads.source_stream,
    platform_leads.platform_lead_id,
    platform_leads.channel,
    platform_leads.promotion_id,
    platform_leads.created_at,
    platform_leads.created_on,
    platform_leads.is_countable,
    links.lead_id,
    links.matched_by,
    platform_leads.source_key,
    platform_leads.load_id
from {{ ref('int_platform_leads') }} as platform_leads
left join links
    on
        platform_leads.source_system = links.source_system
        and platform_leads.platform_lead_id = links.platform_lead_id
where
    {{ is_affected(platform_lead_key="platform_leads.source_system || '.' || platform_leads.platform_lead_id") }}
