select
    input_id,
    employee_no,
    submitted_on,
    decision,
    decided_on,
    coalesce(decision = 'adopted', false) as is_adopted,
    source_key,
    load_id
from {{ ref('stg_file_drop__product_inputs') }}
where not is_deleted
