select
    response_id,
    employee_no,
    answered_on,
    cast(score as decimal(9, 4)) as score,
    source_key,
    load_id
from {{ ref('stg_file_drop__service_scores') }}
where not is_deleted
