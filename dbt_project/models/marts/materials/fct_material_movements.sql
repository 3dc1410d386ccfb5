{% set issues_affected -%}
    select source_key from {{ changed(ref('stg_kingdee__material_issues')) }}
    union all
    select issues.source_key
    from {{ ref('stg_kingdee__material_issues') }} as issues
    inner join {{ changed(ref('stg_kingdee__materials')) }} on issues.material_no = stg_kingdee__materials_changes.material_no
{%- endset %}
{{ affected_by('source_key', issues_affected) }}

with issues as (
    select
        issue_id as document_id,
        issue_entry_id as entry_id,
        issued_on as moved_on,
        material_no,
        quantity,
        amount,
        applicant_employee_no,
        source_key,
        load_id
    from {{ ref('stg_kingdee__material_issues') }}
    where not is_deleted and is_effective and {{ is_affected() }}
),

materials as (
    select * from {{ ref('stg_kingdee__materials') }} where not is_deleted
)

select
    'material_issues|' || issues.source_key as movement_id,
    issues.document_id,
    issues.entry_id,
    issues.moved_on,
    issues.material_no,
    materials.material_name,
    materials.material_group,
    cast(issues.quantity as decimal(18, 4)) as quantity,
    cast(issues.amount as decimal(18, 2)) as amount,
    '{{ var("currency", "CNY") }}' as currency,
    issues.applicant_employee_no,
    issues.source_key,
    issues.load_id
from issues
left join materials on issues.material_no = materials.material_no
