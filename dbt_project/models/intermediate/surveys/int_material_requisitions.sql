-- One row per application for promotion material, with the seconds from asking to issue (F026).
with requisitions as (
    select
        *,
        {{ business_date('requested_at') }} as requested_on,
        {{ business_date('approved_at') }} as approved_on,
        {{ seconds_between('requested_at', 'approved_at') }} as approval_seconds
    from {{ ref('stg_jiandaoyun__material_requisitions') }}
    where not is_deleted
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
