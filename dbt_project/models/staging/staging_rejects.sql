-- Built after every staging model, so that its tests see what this build rejected.
-- depends_on: {{ ref('stg_zoho_crm__users') }}
-- depends_on: {{ ref('stg_zoho_crm__leads') }}
-- depends_on: {{ ref('stg_zoho_crm__calls') }}
-- depends_on: {{ ref('stg_zoho_crm__contacts') }}
-- depends_on: {{ ref('stg_zoho_crm__accounts') }}
-- depends_on: {{ ref('stg_zoho_crm__deals') }}
-- depends_on: {{ ref('stg_zoho_crm__account_timeline') }}
-- depends_on: {{ ref('stg_oceanengine__report') }}
-- depends_on: {{ ref('stg_oceanengine__clues') }}
-- depends_on: {{ ref('stg_tencent_ads__report_request_time') }}
-- depends_on: {{ ref('stg_tencent_ads__report_reporting_time') }}
-- depends_on: {{ ref('stg_tencent_ads__leads') }}
-- depends_on: {{ ref('stg_wechat_oa__user_summary') }}
-- depends_on: {{ ref('stg_wechat_oa__user_cumulate') }}
-- depends_on: {{ ref('stg_wechat_oa__biz_summary') }}
-- depends_on: {{ ref('stg_wechat_oa__article_totals') }}
-- depends_on: {{ ref('stg_adjust__report') }}
-- depends_on: {{ ref('stg_odoo__users') }}
-- depends_on: {{ ref('stg_odoo__leads') }}
-- depends_on: {{ ref('stg_odoo__partners') }}
-- depends_on: {{ ref('stg_odoo__orders') }}
-- depends_on: {{ ref('stg_odoo__order_lines') }}
-- depends_on: {{ ref('stg_odoo__credit_notes') }}
-- depends_on: {{ ref('stg_odoo__stock_moves') }}
-- depends_on: {{ ref('stg_odoo__products') }}
-- depends_on: {{ ref('stg_kingdee__sales_orders') }}
-- depends_on: {{ ref('stg_kingdee__returns') }}
-- depends_on: {{ ref('stg_kingdee__customers') }}
-- depends_on: {{ ref('stg_kingdee__materials') }}
-- depends_on: {{ ref('stg_kingdee__inventory') }}
-- depends_on: {{ ref('stg_kingdee__material_issues') }}
-- depends_on: {{ ref('stg_ihr360__staff') }}
-- depends_on: {{ ref('stg_ihr360__organizations') }}
-- depends_on: {{ ref('stg_ihr360__transfers') }}
-- depends_on: {{ ref('stg_ihr360__leaves') }}
-- depends_on: {{ ref('stg_file_drop__targets') }}
-- depends_on: {{ ref('stg_file_drop__bonus_bases') }}
-- depends_on: {{ ref('stg_file_drop__promotion_costs') }}
-- depends_on: {{ ref('stg_file_drop__zhihu_ads') }}
-- depends_on: {{ ref('stg_file_drop__policy_breaches') }}
-- depends_on: {{ ref('stg_file_drop__complaints') }}
-- depends_on: {{ ref('stg_file_drop__product_inputs') }}
-- depends_on: {{ ref('stg_file_drop__competitor_reports') }}
-- depends_on: {{ ref('stg_file_drop__training_results') }}
-- depends_on: {{ ref('stg_file_drop__service_scores') }}
-- depends_on: {{ ref('stg_file_drop__identity_map') }}
-- depends_on: {{ ref('stg_file_drop__improvement_plans') }}
-- depends_on: {{ ref('stg_file_drop__credit_owners') }}
-- depends_on: {{ ref('stg_file_drop__people') }}
-- depends_on: {{ ref('stg_file_drop__opportunities') }}
-- depends_on: {{ ref('stg_file_drop__accounts') }}
-- depends_on: {{ ref('stg_file_drop__products') }}
-- depends_on: {{ ref('stg_jiandaoyun__complaints') }}
-- depends_on: {{ ref('stg_jiandaoyun__product_inputs') }}
-- depends_on: {{ ref('stg_jiandaoyun__competitor_reports') }}
-- depends_on: {{ ref('stg_jiandaoyun__policy_breaches') }}
-- depends_on: {{ ref('stg_jiandaoyun__service_scores') }}
-- depends_on: {{ ref('stg_jiandaoyun__nps_responses') }}
-- depends_on: {{ ref('stg_jiandaoyun__material_requisitions') }}
-- depends_on: {{ ref('stg_jiandaoyun__brand_survey') }}
-- depends_on: {{ ref('stg_jiandaoyun__sales_satisfaction') }}
-- depends_on: {{ ref('stg_moodle__courses') }}
-- depends_on: {{ ref('stg_moodle__enrolments') }}
-- depends_on: {{ ref('stg_moodle__completions') }}
-- depends_on: {{ ref('stg_moodle__grades') }}
-- depends_on: {{ ref('stg_matomo__visits_by_day') }}
-- depends_on: {{ ref('stg_matomo__visits_by_month') }}
-- depends_on: {{ ref('stg_matomo__goals_by_day') }}
{{ config(materialized='view') }}

select
    source_system,
    source_stream,
    source_key,
    column_name,
    reason,
    payload,
    load_id,
    load_seq
from {{ source('staging_control', 'rejected_records') }}
