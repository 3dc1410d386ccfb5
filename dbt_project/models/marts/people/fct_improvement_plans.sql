{{ follows(ref('stg_file_drop__improvement_plans')) }}

select
    employee_no,
    valid_from,
    valid_to,
    decided_by,
    'file_drop' as source_system,
    'improvement_plans' as source_stream,
    source_key,
    load_id
from {{ ref('stg_file_drop__improvement_plans') }}
where not is_deleted and {{ is_affected() }}
