-- One row per lead, account or deal and interval of business dates: the employee who owned it. The earliest version
-- known stretches back to the beginning; of several versions of one day the last stands for the day.
{% set records_affected -%}
    select record_type || '|' || record_id from {{ changed(ref('int_crm_owner_versions')) }}
{%- endset %}
{{ affected_by('record', records_affected, "record_type || '|' || record_id") }}

with days as (
    select record_type, record_id, modified_on, max_by(owner_user_id, load_seq) as owner_user_id
    from {{ ref('int_crm_owner_versions') }}
    where {{ is_affected() }}
    group by record_type, record_id, modified_on
),

changes as (
    select
        *,
        lag(owner_user_id) over (partition by record_type, record_id order by modified_on) as previous_owner_user_id
    from days
)

select
    record_type,
    record_id,
    owner_user_id,
    case when previous_owner_user_id is null then date '1900-01-01' else modified_on end as valid_from,
    coalesce(
        lead(modified_on) over (partition by record_type, record_id order by modified_on), date '9999-12-31'
    ) as valid_to
from changes
where previous_owner_user_id is null or previous_owner_user_id <> owner_user_id
