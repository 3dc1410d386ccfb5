{{ follows(ref('int_nps_responses')) }}

select
    response_id,
    customer_no,
    employee_no,
    answered_on,
    cast(score as decimal(9, 4)) as score,
    answer_kind,
    'jiandaoyun' as source_system,
    'nps_responses' as source_stream,
    source_key,
    load_id
from {{ ref('int_nps_responses') }}
where {{ is_affected() }}
