{{ follows(ref('int_product_inputs')) }}

select
    input_id,
    employee_no,
    submitted_on,
    decision,
    decided_on,
    coalesce(decision = 'adopted', false) as is_adopted,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_product_inputs') }}
where {{ is_affected() }}
