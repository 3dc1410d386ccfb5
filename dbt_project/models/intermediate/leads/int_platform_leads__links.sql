-- One row per CRM lead that an ad platform knows, with the platform's lead: by its id, else by the number's hash among
-- the countable leads of the same channel within the dated rule's days; of several the nearest in time, then the later.
{% set leads_affected -%}
    select lead_id from {{ changed(ref('int_crm_leads')) }}
    {%- for name, key in [('stg_oceanengine__clues', 'clue_id'), ('stg_tencent_ads__leads', 'leads_id')] %}
    union all
    select leads.lead_id
    from {{ ref('int_crm_leads') }} as leads
    inner join {{ changed(name) }} on leads.external_clue_id = {{ name }}_changes.{{ key }}
    union all
    select leads.lead_id
    from {{ ref('int_crm_leads') }} as leads
    inner join {{ changed(name) }} on coalesce(leads.mobile_hash, leads.phone_hash) = {{ name }}_changes.phone_hash
    {%- endfor %}
{%- endset %}
{{ affected_by('lead_id', leads_affected) }}

with leads as (
    select *, coalesce(mobile_hash, phone_hash) as number_hash
    from {{ ref('int_crm_leads') }}
    where not is_deleted and {{ is_affected() }}
),

platform_leads as (
    select * from {{ ref('int_platform_leads') }}
),

by_id as (
    select leads.lead_id, platform_leads.platform_lead_id, platform_leads.source_system
    from leads
    inner join platform_leads on leads.external_clue_id = platform_leads.platform_lead_id
),

by_number as (
    select
        leads.lead_id,
        platform_leads.platform_lead_id,
        platform_leads.source_system,
        row_number() over (
            partition by leads.lead_id
            order by
                abs({{ seconds_between('platform_leads.created_at', 'leads.created_at') }}),
                platform_leads.created_at desc,
                platform_leads.platform_lead_id
        ) as nearness
    from leads
    inner join platform_leads
        on
            leads.number_hash = platform_leads.phone_hash
            and leads.lead_source = platform_leads.channel
            and platform_leads.is_countable
    inner join {{ ref('measurement_rules') }} as rules
        on
            rules.rule_id = 'lead_match_days'
            and leads.created_on >= rules.valid_from
            and (rules.valid_to is null or leads.created_on < rules.valid_to)
            and abs({{ days_between('platform_leads.created_on', 'leads.created_on') }}) < rules.value
    where not exists (select 1 from by_id where by_id.lead_id = leads.lead_id)
)

select lead_id, source_system, platform_lead_id, 'id' as matched_by
from by_id
union all
select lead_id, source_system, platform_lead_id, 'number'
from by_number
where nearness = 1
