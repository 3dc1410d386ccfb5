{{ follows(ref('int_complaints')) }}

select
    complaint_id,
    employee_no,
    customer_no,
    received_at,
    {{ business_date('received_at') }} as received_on,
    due_at,
    {{ business_date('due_at') }} as due_on,
    closed_at,
    coalesce(closed_at <= due_at, false) as is_closed_in_time,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_complaints') }}
where {{ is_affected() }}
