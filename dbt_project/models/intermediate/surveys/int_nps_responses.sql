-- One row per customer who answered whether they would recommend us, with the account manager of that day. Which marks
-- recommend and which warn is a dated rule.
{% set records_affected -%}
    select source_key from {{ changed(ref('stg_jiandaoyun__nps_responses')) }}
    union all
    select known.source_key
    from {{ this }} as known
    inner join {{ changed(ref('int_identities__employees')) }}
        on
            int_identities__employees_changes.source_system = 'jiandaoyun'
            and known.source_user_id = int_identities__employees_changes.source_user_id
{%- endset %}
{{ affected_by('source_key', records_affected) }}

with responses as (
    select * from {{ ref('stg_jiandaoyun__nps_responses') }}
    where not is_deleted and score is not null and {{ is_affected() }}
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
