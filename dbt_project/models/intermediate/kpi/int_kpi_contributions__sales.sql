-- One row per sales metric, order entry, order or renewal and credited salesman.
{{ config(materialized='view') }}

with entries as (
    select * from {{ ref('int_order_entries') }} where currency = '{{ var("currency") }}'
),

orders as (
    select * from {{ ref('int_customer_orders') }}
),

renewals as (
    select deals.*, owners.employee_no
    from {{ ref('int_crm_deals') }} as deals
    left join {{ ref('int_crm_owners__employees') }} as owners
        on
            owners.record_type = 'deal'
            and deals.deal_id = owners.record_id
            and deals.closing_on >= owners.valid_from
            and deals.closing_on < owners.valid_to
    where
        not deals.is_deleted and deals.deal_type = 'Renewal'
        and (deals.is_won or deals.is_lost) and deals.closing_on is not null
)

select
    'sales_revenue_attainment' as metric_id,
    salesman_employee_no as employee_no,
    occurred_on,
    entry_type as role,
    amount as numerator,
    0 as denominator,
    true as counts_for_company,
    source_system,
    source_stream,
    source_key,
    load_id
from entries
union all
-- an order counts once, with its first entry; the amounts of the others follow
select
    'average_order_value', salesman_employee_no, occurred_on, 'order', amount,
    case when is_first_entry then 1 else 0 end, true, source_system, source_stream, source_key, load_id
from entries
where entry_type = 'order'
union all
select
    'new_customer_count', salesman_employee_no, order_on, 'first_order', 1,
    0, true, source_system, source_stream, source_key, load_id
from orders
where order_rank = 1
union all
select
    'repeat_purchase_rate', salesman_employee_no, order_on, 'customer_month',
    case when order_rank > 1 then 1 else 0 end, 1, true, source_system, source_stream, source_key, load_id
from orders
where order_rank_in_month = 1
union all
select
    'renewal_rate', employee_no, closing_on, 'renewal',
    case when is_won then 1 else 0 end, 1, true, source_system, source_stream, source_key, load_id
from renewals
