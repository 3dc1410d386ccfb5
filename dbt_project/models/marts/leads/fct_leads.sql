{{ config(meta={'day': 'created_on'}) }}
{% set leads_affected -%}
    select lead_id from {{ changed(ref('int_leads__milestones')) }}
    union all
    select lead_id from {{ changed(ref('stg_zoho_crm__calls')) }}
    union all
    select record_id from {{ changed(ref('int_credits')) }} where record_type = 'lead'
{%- endset %}
{{ affected_by('lead_id', leads_affected) }}

with leads as (
    select * from {{ ref('int_leads__milestones') }} where {{ is_affected() }}
),

calls as (
    select lead_id, count(*) as call_count, max(call_started_at) as last_called_at
    from {{ ref('stg_zoho_crm__calls') }}
    where not is_deleted and lead_id is not null and {{ is_affected() }}
    group by lead_id
),

-- of several owners the one with the largest slice leads, the others are in the contributions
credits as (
    select
        record_id as lead_id,
        object_type,
        object_id,
        employee_no,
        row_number() over (
            partition by record_id order by share_to - share_from desc, employee_no
        ) as rank_no
    from {{ ref('int_credits') }}
    where record_type = 'lead' and {{ is_affected(lead_id='record_id') }}
),

bands as (
    select
        max(case rule_id when 'lead_size_small_from' then value end) as small_from,
        max(case rule_id when 'lead_size_medium_from' then value end) as medium_from,
        max(case rule_id when 'lead_size_large_from' then value end) as large_from,
        valid_from,
        valid_to
    from {{ ref('measurement_rules') }}
    where rule_id like 'lead_size_%'
    group by valid_from, valid_to
)

select
    leads.lead_id,
    leads.channel,
    leads.campaign_id,
    leads.promotion_id,
    leads.external_clue_id,
    leads.owner_user_id,
    leads.owner_employee_no,
    credits.object_type as marketing_object_type,
    credits.object_id as marketing_object_id,
    credits.employee_no as marketing_employee_no,
    leads.lead_status,
    leads.industry,
    leads.employees_count,
    case
        when leads.employees_count >= bands.large_from then 'large'
        when leads.employees_count >= bands.medium_from then 'medium'
        when leads.employees_count >= bands.small_from then 'small'
    end as size_band,
    leads.definition_event,
    leads.definition_version,
    leads.is_countable,
    leads.not_countable_reason,
    leads.created_at,
    leads.created_on,
    leads.first_contact_at,
    leads.first_contact_on,
    cast({{ seconds_between('leads.created_at', 'leads.first_contact_at') }} as bigint) as followup_delay_seconds,
    leads.mql_at,
    leads.mql_on,
    leads.sql_at,
    leads.sql_on,
    leads.won_deal_id,
    leads.won_on,
    leads.won_amount,
    coalesce(calls.call_count, 0) as call_count,
    calls.last_called_at,
    leads.source_key,
    leads.load_id
from leads
left join calls on leads.lead_id = calls.lead_id
left join credits on leads.lead_id = credits.lead_id and credits.rank_no = 1
left join bands
    on leads.created_on >= bands.valid_from and (bands.valid_to is null or leads.created_on < bands.valid_to)
