-- One row per record that marketing brought about (a lead, a piece of spend, what people did with articles
-- and ads) and credited employee. The most
-- specific object with owners on the day decides: promotion, then campaign, then channel. No owner: one row
-- without employee, so that the company still counts the record once.
{{ config(meta={'day': 'credited_on'}) }}
{% set objects = [('promotion', 'promotion_id'), ('campaign', 'campaign_id'), ('channel', 'channel')] -%}
{% set kinds = [
    ('lead', 'lead_id', 'created_on', 'int_leads__sources'),
    ('spend', 'spend_id', 'occurred_on', 'int_spend'),
    ('social', 'social_id', 'occurred_on', 'int_social_activity'),
] -%}
{% for kind, key, day, name in kinds %}
{%- set records_affected -%}
    select {{ key }}, {{ day }} from {{ changed(name) }}
    {%- for object_type, column in objects %}
    union all
    select records.{{ key }}, records.{{ day }}
    from {{ ref(name) }} as records
    inner join {{ changed(ref('int_credit_shares')) }}
        on
            int_credit_shares_changes.object_type = '{{ object_type }}'
            and records.{{ column }} = int_credit_shares_changes.object_id
            and records.{{ day }} >= int_credit_shares_changes.valid_from
            and records.{{ day }} < int_credit_shares_changes.valid_to
    {%- endfor %}
{%- endset %}
{{ affected_by(key, records_affected, "case when record_type = '" ~ kind ~ "' then record_id end", day='credited_on') }}
{%- endfor %}

with records as (
    select 'lead' as record_type, lead_id as record_id, created_on as credited_on, promotion_id, campaign_id, channel
    from {{ ref('int_leads__sources') }}
    where {{ is_affected(lead_id='lead_id', spend_id='null', social_id='null', credited_on='created_on') }}
    union all
    select 'spend', spend_id, occurred_on, promotion_id, campaign_id, channel
    from {{ ref('int_spend') }}
    where {{ is_affected(lead_id='null', spend_id='spend_id', social_id='null', credited_on='occurred_on') }}
    union all
    select 'social', social_id, occurred_on, promotion_id, campaign_id, channel
    from {{ ref('int_social_activity') }}
    where {{ is_affected(lead_id='null', spend_id='null', social_id='social_id', credited_on='occurred_on') }}
),

objects as (
    select record_type, record_id, credited_on, 'promotion' as object_type, promotion_id as object_id, 1 as distance
    from records where promotion_id is not null
    union all
    select record_type, record_id, credited_on, 'campaign', campaign_id, 2
    from records where campaign_id is not null
    union all
    select record_type, record_id, credited_on, 'channel', channel, 3
    from records where channel is not null
),

matched as (
    select
        objects.record_type,
        objects.record_id,
        shares.object_type,
        shares.object_id,
        shares.employee_no,
        shares.share_from,
        shares.share_to,
        rank() over (partition by objects.record_type, objects.record_id order by objects.distance) as preference
    from objects
    inner join {{ ref('int_credit_shares') }} as shares
        on
            objects.object_type = shares.object_type
            and objects.object_id = shares.object_id
            and objects.credited_on >= shares.valid_from
            and objects.credited_on < shares.valid_to
)

select
    records.record_type,
    records.record_id,
    records.credited_on,
    matched.object_type,
    matched.object_id,
    matched.employee_no,
    coalesce(matched.share_from, 0) as share_from,
    coalesce(matched.share_to, 1) as share_to
from records
left join matched
    on
        records.record_type = matched.record_type
        and records.record_id = matched.record_id
        and matched.preference = 1
