-- One row per CRM lead: where it came from, and whether it counts. Test records, clues the platform itself calls
-- imported, abnormal or preview, and a number seen again within the dated rule's days do not count (F156).
{% set leads_affected -%}
    with touched as (
        select lead_id, coalesce(mobile_hash, phone_hash) as number_hash from {{ changed(ref('int_crm_leads')) }}
        union all
        select leads.lead_id, coalesce(leads.mobile_hash, leads.phone_hash)
        from {{ ref('int_crm_leads') }} as leads
        where leads.lead_id in (
            select lead_id from {{ changed(ref('int_platform_leads__links')) }}
            union all
            select links.lead_id
            from {{ ref('int_platform_leads__links') }} as links
            inner join {{ changed('stg_oceanengine__clues') }}
                on
                    links.source_system = 'oceanengine'
                    and links.platform_lead_id = stg_oceanengine__clues_changes.clue_id
            union all
            select links.lead_id
            from {{ ref('int_platform_leads__links') }} as links
            inner join {{ changed('stg_tencent_ads__leads') }}
                on
                    links.source_system = 'tencent_ads'
                    and links.platform_lead_id = stg_tencent_ads__leads_changes.leads_id
        )
    )

    select lead_id from touched
    union all
    select leads.lead_id
    from {{ ref('int_crm_leads') }} as leads
    inner join touched on coalesce(leads.mobile_hash, leads.phone_hash) = touched.number_hash
{%- endset %}
{{ affected_by('lead_id', leads_affected) }}

with leads as (
    select *, coalesce(mobile_hash, phone_hash) as number_hash
    from {{ ref('int_crm_leads') }}
    where not is_deleted and {{ is_affected() }}
),

clues as (
    select links.lead_id, clues.promotion_id, clues.is_countable
    from {{ ref('int_platform_leads__links') }} as links
    inner join {{ ref('int_platform_leads') }} as clues
        on links.source_system = clues.source_system and links.platform_lead_id = clues.platform_lead_id
),

joined as (
    select
        leads.lead_id,
        leads.created_at,
        leads.created_on,
        leads.number_hash,
        leads.lead_source as channel,
        leads.campaign_id,
        leads.external_clue_id,
        clues.promotion_id,
        leads.is_test,
        coalesce(not clues.is_countable, false) as is_fake_clue
    from leads
    left join clues on leads.lead_id = clues.lead_id
),

-- only genuine leads can make a later one a duplicate
followed as (
    select
        *,
        lag(created_on) over (
            partition by number_hash, is_test or is_fake_clue order by created_at, lead_id
        ) as previous_on
    from joined
),

judged as (
    select
        followed.*,
        followed.number_hash is not null
        and followed.previous_on is not null
        and {{ days_between('followed.previous_on', 'followed.created_on') }} < rules.value as is_duplicate
    from followed
    left join {{ ref('measurement_rules') }} as rules
        on
            rules.rule_id = 'lead_duplicate_days'
            and followed.created_on >= rules.valid_from
            and (rules.valid_to is null or followed.created_on < rules.valid_to)
)

select
    lead_id,
    created_on,
    channel,
    campaign_id,
    promotion_id,
    external_clue_id,
    case
        when is_test then 'test'
        when is_fake_clue then 'fake_clue'
        when coalesce(is_duplicate, false) then 'duplicate'
    end as not_countable_reason
from judged
