-- One row per record that names a person: which account it names, when, and how much money hangs on it. Whatever
-- may be credited to somebody is here, so that nobody's work disappears for want of a mapping.
{# relation, key, system, account, day, amount, condition #}
{% set living = 'not is_deleted' -%}
{% set effective = 'not is_deleted and is_effective' -%}
{% set crm, erp, forms, feed = "'zoho_crm'", "'kingdee'", "'jiandaoyun'", "'file_drop'" -%}
{% set created_on = business_date('created_at') -%}
{% set named = "source_system || '|' || source_key" -%}
{% set listed = "source_stream || '|' || source_key" -%}
{% set opened_on = 'coalesce(closed_on, engaged_on)' -%}
{% set trained_on = 'coalesce(completed_on, exam_on, passed_on)' -%}
{% set seller = 'coalesce(owner_employee_no, owner_hash)' -%}
{% set records = [
    (ref('int_crm_leads'), named, 'source_system', 'owner_user_id', 'created_on', 'null', living),
    (ref('int_crm_deals'), named, 'source_system', 'owner_user_id', created_on, 'amount', living),
    (ref('stg_zoho_crm__accounts'), 'source_key', crm, 'owner_user_id', created_on, 'null', living),
    (ref('stg_kingdee__sales_orders'), 'source_key', erp, 'salesman_no', 'order_on', 'amount', effective),
    (ref('stg_kingdee__returns'), 'source_key', erp, 'salesman_no', 'return_on', 'amount', effective),
    (ref('int_odoo_order_entries'), listed, 'source_system', 'salesman_no', 'occurred_on', 'amount', 'true'),
    (ref('int_policy_breaches'), named, 'source_system', 'source_user_id', 'occurred_on', 'null', 'true'),
    (ref('int_complaints'), named, 'source_system', 'source_user_id', business_date('received_at'), 'null', 'true'),
    (ref('int_product_inputs'), named, 'source_system', 'source_user_id', 'submitted_on', 'null', 'true'),
    (ref('int_competitor_reports'), named, 'source_system', 'source_user_id', 'discovered_on', 'null', 'true'),
    (ref('int_service_scores'), named, 'source_system', 'source_user_id', 'answered_on', 'null', 'true'),
    (ref('int_nps_responses'), 'source_key', forms, 'source_user_id', 'answered_on', 'null', 'true'),
    (ref('int_sales_satisfaction'), 'source_key', forms, 'source_user_id', 'answered_on', 'null', 'true'),
    (ref('int_material_requisitions'), 'source_key', forms, 'source_user_id', 'requested_on', 'null', 'true'),
    (ref('int_training_results'), named, 'source_system', 'source_user_id', trained_on, 'null', 'true'),
    (ref('stg_file_drop__bonus_bases'), 'source_key', feed, 'employee_no', 'valid_from', 'base_amount', living),
    (ref('stg_file_drop__credit_owners'), 'source_key', feed, 'employee_no', 'valid_from', 'null', living),
    (ref('stg_file_drop__improvement_plans'), 'source_key', feed, 'employee_no', 'valid_from', 'null', living),
    (ref('stg_file_drop__opportunities'), 'source_key', feed, seller, opened_on, 'amount', living),
] -%}
{% set affected = [] -%}
{% for record in records -%}
    {% do affected.append("select '" ~ record[0].identifier ~ "|' || " ~ record[1] ~ " from " ~ changed(record[0])) -%}
{% endfor -%}
{{ affected_by('record_key', affected | join(' union all ')) }}

with uses as (
    {% for relation, key, system, account, day, amount, condition in records %}
        select
            '{{ relation.identifier }}|' || {{ key }} as record_key,
            {{ system }} as source_system,
            {{ account }} as source_user_id,
            {{ day }} as used_on,
            cast({{ amount }} as decimal(18, 2)) as amount
        from {{ relation }}
        where {{ condition }} and {{ is_affected(record_key="'" ~ relation.identifier ~ "|' || " ~ key) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select record_key, source_system, source_user_id, used_on, amount
from uses
where source_user_id is not null and used_on is not null
