-- Every breach with its state: whether a plan deducts for one that is under appeal is the plan's word, not SQL's.
-- A breach of nobody stands in unmapped_identities and stops the close, so that none is forgiven.
{{ follows(ref('int_policy_breaches')) }}

select
    breach_id as event_id,
    breach_type as event_type,
    employee_no,
    occurred_on,
    confirmed_on,
    status,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_policy_breaches') }}
where employee_no is not null and {{ is_affected() }}
