{% set records_affected -%}
    select source_key from {{ changed(ref('int_material_requisitions')) }}
    union all
    select requisitions.source_key
    from {{ ref('int_material_requisitions') }} as requisitions
    inner join {{ changed(ref('stg_kingdee__material_issues')) }}
        on requisitions.requisition_no = stg_kingdee__material_issues_changes.issue_no
{%- endset %}
{{ affected_by('source_key', records_affected) }}

with issues as (
    select distinct issue_no from {{ ref('stg_kingdee__material_issues') }} where not is_deleted and is_effective
)

select
    requisitions.source_key as requisition_id,
    requisitions.requisition_no,
    requisitions.employee_no,
    requisitions.requested_at,
    requisitions.requested_on,
    requisitions.approved_at,
    requisitions.approved_on,
    cast(requisitions.approval_seconds as bigint) as approval_seconds,
    issues.issue_no is not null as is_issued,
    'jiandaoyun' as source_system,
    'material_requisitions' as source_stream,
    requisitions.source_key,
    requisitions.load_id
from {{ ref('int_material_requisitions') }} as requisitions
left join issues on requisitions.requisition_no = issues.issue_no
where {{ is_affected(source_key='requisitions.source_key') }}
