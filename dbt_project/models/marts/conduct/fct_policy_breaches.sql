{{ follows(ref('int_policy_breaches')) }}

select
    breach_id,
    employee_no,
    breach_type,
    occurred_on,
    confirmed_on,
    status,
    rectify_due_on,
    rectified_on,
    coalesce(rectified_on <= coalesce(rectify_due_on, rectified_on), false) as is_rectified_when_due,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_policy_breaches') }}
where {{ is_affected() }}
