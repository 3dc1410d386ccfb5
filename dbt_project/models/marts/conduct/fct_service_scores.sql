{{ follows(ref('int_service_scores')) }}

select
    response_id,
    employee_no,
    answered_on,
    cast(score as decimal(9, 4)) as score,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_service_scores') }}
where {{ is_affected() }}
