{{ follows(ref('int_sales_satisfaction')) }}

select
    source_key as rating_id,
    rater_employee_no,
    team_id,
    department_id,
    rated_month,
    answered_on,
    cast(score as decimal(9, 4)) as score,
    'jiandaoyun' as source_system,
    'sales_satisfaction' as source_stream,
    source_key,
    load_id
from {{ ref('int_sales_satisfaction') }}
where {{ is_affected() }}
