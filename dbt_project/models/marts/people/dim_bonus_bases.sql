select
    employee_no,
    valid_from,
    valid_to,
    cast(base_amount as decimal(18, 2)) as base_amount,
    currency,
    payer_entity,
    pay_group,
    cost_centre,
    source_key,
    load_id
from {{ ref('stg_file_drop__bonus_bases') }}
where not is_deleted
