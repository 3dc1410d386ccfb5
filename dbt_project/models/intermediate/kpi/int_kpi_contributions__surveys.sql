-- One row per metric of surveys and applications, and record: an answer, a rating, an application. A rating is about
-- a team, so it is credited to the team and to nobody in it. A wave of the brand survey is one record: its uplift over
-- the wave before, (a1/n1 - a0/n0) / (a0/n0), is a fraction of products that no single answer carries.
{{ config(materialized='view') }}

select
    'net_promoter_score' as metric_id,
    employee_no,
    answered_on as occurred_on,
    'answer' as role,
    case answer_kind when 'promoter' then 1 when 'detractor' then -1 else 0 end as numerator,
    1 as denominator,
    true as counts_for_company,
    'jiandaoyun' as source_system,
    'nps_responses' as source_stream,
    source_key,
    load_id,
    cast(null as varchar) as team_id,
    cast(null as varchar) as department_id
from {{ ref('int_nps_responses') }}
union all
select
    'sales_satisfaction_score', null, counted_on, 'rating', score, 1, true,
    'jiandaoyun', 'sales_satisfaction', source_key, load_id, team_id, department_id
from {{ ref('int_sales_satisfaction') }}
union all
select
    'brand_awareness_uplift', null, measured_on, 'wave',
    aware_count * answers_before_count - aware_before_count * answers_count, aware_before_count * answers_count, true,
    'jiandaoyun', 'brand_survey', wave, load_id, null, null
from {{ ref('int_brand_wave_states') }}
where wave_before is not null
union all
select
    'requisition_approval_hours', employee_no, approved_on, 'application', approval_seconds, 3600, true,
    'jiandaoyun', 'material_requisitions', source_key, load_id, null, null
from {{ ref('int_material_requisitions') }}
where approved_on is not null
