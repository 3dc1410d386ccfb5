-- One row per record that names a person: which account it names, when, and how much money hangs on it. Whatever
-- may be credited to somebody is here, so that nobody's work disappears for want of a mapping.
with uses as (
    select
        source_system,
        owner_user_id as source_user_id,
        created_on as used_on,
        cast(null as decimal(18, 2)) as amount
    from {{ ref('int_crm_leads') }} where not is_deleted
    union all
    select source_system, owner_user_id, {{ business_date('created_at') }}, amount
    from {{ ref('int_crm_deals') }} where not is_deleted
    union all
    select 'zoho_crm', owner_user_id, {{ business_date('created_at') }}, null
    from {{ ref('stg_zoho_crm__accounts') }} where not is_deleted
    union all
    select 'kingdee', salesman_no, order_on, amount
    from {{ ref('stg_kingdee__sales_orders') }} where not is_deleted and is_effective
    union all
    select 'kingdee', salesman_no, return_on, amount
    from {{ ref('stg_kingdee__returns') }} where not is_deleted and is_effective
    union all
    select source_system, salesman_no, occurred_on, amount
    from {{ ref('int_odoo_order_entries') }}
    union all
    select source_system, source_user_id, occurred_on, null
    from {{ ref('int_policy_breaches') }}
    union all
    select source_system, source_user_id, {{ business_date('received_at') }}, null
    from {{ ref('int_complaints') }}
    union all
    select source_system, source_user_id, submitted_on, null
    from {{ ref('int_product_inputs') }}
    union all
    select source_system, source_user_id, discovered_on, null
    from {{ ref('int_competitor_reports') }}
    union all
    select source_system, source_user_id, answered_on, null
    from {{ ref('int_service_scores') }}
    union all
    select 'jiandaoyun', source_user_id, answered_on, null
    from {{ ref('int_nps_responses') }}
    union all
    select 'jiandaoyun', source_user_id, answered_on, null
    from {{ ref('int_sales_satisfaction') }}
    union all
    select 'jiandaoyun', source_user_id, requested_on, null
    from {{ ref('int_material_requisitions') }}
    union all
    select source_system, source_user_id, coalesce(completed_on, exam_on, passed_on), null
    from {{ ref('int_training_results') }}
    union all
    select 'file_drop', employee_no, valid_from, base_amount
    from {{ ref('stg_file_drop__bonus_bases') }} where not is_deleted
    union all
    select 'file_drop', employee_no, valid_from, null
    from {{ ref('stg_file_drop__credit_owners') }} where not is_deleted
    union all
    select 'file_drop', employee_no, valid_from, null
    from {{ ref('stg_file_drop__improvement_plans') }} where not is_deleted
    union all
    select 'file_drop', coalesce(owner_employee_no, owner_hash), coalesce(closed_on, engaged_on), amount
    from {{ ref('stg_file_drop__opportunities') }} where not is_deleted
)

select source_system, source_user_id, used_on, amount
from uses
where
    source_user_id is not null
    and used_on is not null
    -- a base or share of somebody who is still to come is nobody's lost work
    and used_on < {{ as_of_date() }}
