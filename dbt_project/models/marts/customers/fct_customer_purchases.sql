{{ follows(ref('int_customer_orders'), 'order_id') }}

select
    order_id,
    order_no,
    customer_no,
    order_on,
    salesman_employee_no,
    crm_deal_id,
    is_renewal,
    cast(order_amount as decimal(38, 2)) as order_amount,
    '{{ var("currency", "CNY") }}' as currency,
    order_rank,
    order_rank = 1 as is_first_order,
    order_rank_in_month = 1 as is_first_of_month,
    first_order_on,
    previous_order_on,
    source_key,
    load_id
from {{ ref('int_customer_orders') }}
where {{ is_affected() }}
