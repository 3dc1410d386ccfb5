-- One row per effective order with its place in the customer's history: the first makes a new customer (F012), a
-- later one is a repeat purchase (F036).
{% set customers_affected -%}
    with documents as (
        select distinct document_id from {{ changed(ref('int_order_entries')) }} where entry_type = 'order'
    )

    select coalesce(known.customer_no, '')
    from {{ this }} as known
    inner join documents on known.order_id = documents.document_id
    union all
    select coalesce(min(entries.customer_no), '')
    from {{ ref('int_order_entries') }} as entries
    inner join documents on entries.document_id = documents.document_id
    where entries.entry_type = 'order' and entries.currency = '{{ var("currency") }}'
    group by entries.document_id
{%- endset %}
{{ affected_by('customer', customers_affected, "coalesce(customer_no, '')") }}

with orders as (
    select
        document_id as order_id,
        min(order_no) as order_no,
        min(customer_no) as customer_no,
        min(occurred_on) as order_on,
        min(salesman_no) as salesman_no,
        min(salesman_employee_no) as salesman_employee_no,
        max(crm_deal_id) as crm_deal_id,
        bool_or(is_renewal) as is_renewal,
        min(source_system) as source_system,
        min(source_stream) as source_stream,
        min(source_key) as source_key,
        min(load_id) as load_id,
        sum(amount) as order_amount
    from {{ ref('int_order_entries') }}
    where
        entry_type = 'order' and currency = '{{ var("currency") }}'
        and document_id in (select document_id from {{ ref('int_order_entries') }} where {{ is_affected() }})
    group by document_id
)

select
    *,
    row_number() over (partition by customer_no order by order_on, order_id) as order_rank,
    row_number() over (
        partition by customer_no, {{ month_start('order_on') }} order by order_on, order_id
    ) as order_rank_in_month,
    lag(order_on) over (partition by customer_no order by order_on, order_id) as previous_order_on,
    min(order_on) over (partition by customer_no) as first_order_on
from orders
