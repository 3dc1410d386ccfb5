-- One row per customer who answered whether they would recommend us, with the account manager of that day. Which marks
-- recommend and which warn is a dated rule.
with responses as (
    select * from {{ ref('stg_jiandaoyun__nps_responses') }} where not is_deleted and score is not null
),

rules as (
    select * from {{ ref('measurement_rules') }}
)

select
    responses.source_key,
    responses.load_id,
    responses.response_id,
    responses.employee_no as source_user_id,
    employees.employee_no,
    responses.customer_no,
    responses.answered_on,
    responses.score,
    case
        when responses.score >= promoters.value then 'promoter'
        when responses.score <= detractors.value then 'detractor'
        else 'passive'
    end as answer_kind
from responses
left join rules as promoters
    on
        promoters.rule_id = 'nps_promoter_from'
        and responses.answered_on >= promoters.valid_from
        and (promoters.valid_to is null or responses.answered_on < promoters.valid_to)
left join rules as detractors
    on
        detractors.rule_id = 'nps_detractor_to'
        and responses.answered_on >= detractors.valid_from
        and (detractors.valid_to is null or responses.answered_on < detractors.valid_to)
left join {{ ref('int_identities__employees') }} as employees
    on
        employees.source_system = 'jiandaoyun'
        and responses.employee_no = employees.source_user_id
        and responses.answered_on >= employees.valid_from
        and responses.answered_on < employees.valid_to
