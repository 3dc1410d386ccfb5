-- Every breach with its state: whether a plan deducts for one that is under appeal is the plan's word, not SQL's.
select
    breach_id as event_id,
    breach_type as event_type,
    employee_no,
    occurred_on,
    confirmed_on,
    status,
    'file_drop' as source_system,
    'policy_breaches' as source_stream,
    source_key,
    load_id
from {{ ref('stg_file_drop__policy_breaches') }}
where not is_deleted
