-- One row per application for promotion material, with the seconds from asking to issue (F026).
{% set records_affected -%}
    select source_key from {{ changed(ref('stg_jiandaoyun__material_requisitions')) }}
    union all
    select known.source_key
    from {{ this }} as known
    inner join {{ changed(ref('int_identities__employees')) }}
        on
            int_identities__employees_changes.source_system = 'jiandaoyun'
            and known.source_user_id = int_identities__employees_changes.source_user_id
{%- endset %}
{{ affected_by('source_key', records_affected) }}

with requisitions as (
    select
        *,
        {{ business_date('requested_at') }} as requested_on,
        {{ business_date('approved_at') }} as approved_on,
        {{ seconds_between('requested_at', 'approved_at') }} as approval_seconds
    from {{ ref('stg_jiandaoyun__material_requisitions') }}
    where not is_deleted and {{ is_affected() }}
)

select
    requisitions.source_key,
    requisitions.load_id,
    requisitions.requisition_no,
    requisitions.employee_no as source_user_id,
    employees.employee_no,
    requisitions.requested_at,
    requisitions.requested_on,
    requisitions.approved_at,
    requisitions.approved_on,
    requisitions.approval_seconds
from requisitions
left join {{ ref('int_identities__employees') }} as employees
    on
        employees.source_system = 'jiandaoyun'
        and requisitions.employee_no = employees.source_user_id
        and requisitions.requested_on >= employees.valid_from
        and requisitions.requested_on < employees.valid_to
