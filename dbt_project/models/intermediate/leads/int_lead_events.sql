-- One row per countable lead and thing that happened to it, on its own business date (event basis), with whoever
-- owned the lead on that date. Two events carry a condition: a rate counts no lead that its denominator never saw.
{{ config(meta={'day': 'occurred_on'}) }}
{% set leads_affected -%}
    select lead_id from {{ changed(ref('int_leads__milestones')) }}
    union all
    select record_id from {{ changed(ref('int_crm_owners__employees')) }} where record_type = 'lead'
{%- endset %}
{{ affected_by('lead_id', leads_affected) }}

with leads as (
    select * from {{ ref('int_leads__milestones') }} where is_countable and {{ is_affected() }}
),

events as (
    select
        lead_id,
        source_system,
        source_stream,
        source_key,
        load_id,
        'created' as event,
        created_on as occurred_on,
        cast(null as decimal(18, 2)) as amount
    from leads
    union all
    select lead_id, source_system, source_stream, source_key, load_id, 'contacted', first_contact_on, null
    from leads where first_contact_on is not null
    union all
    select lead_id, source_system, source_stream, source_key, load_id, 'mql', mql_on, null
    from leads where mql_on is not null
    union all
    select lead_id, source_system, source_stream, source_key, load_id, 'sql', sql_on, null
    from leads where sql_on is not null
    union all
    select lead_id, source_system, source_stream, source_key, load_id, 'sql_after_mql', sql_on, null
    from leads where sql_on is not null and mql_on is not null
    union all
    select lead_id, source_system, source_stream, source_key, load_id, 'won', won_on, won_amount
    from leads where won_on is not null
    union all
    select lead_id, source_system, source_stream, source_key, load_id, 'won_after_sql', won_on, won_amount
    from leads where won_on is not null and sql_on is not null
)

select
    events.lead_id,
    events.source_system,
    events.source_stream,
    events.source_key,
    events.load_id,
    events.event,
    events.occurred_on,
    events.amount,
    owners.employee_no as owner_employee_no
from events
left join {{ ref('int_crm_owners__employees') }} as owners
    on
        owners.record_type = 'lead'
        and events.lead_id = owners.record_id
        and events.occurred_on >= owners.valid_from
        and events.occurred_on < owners.valid_to
