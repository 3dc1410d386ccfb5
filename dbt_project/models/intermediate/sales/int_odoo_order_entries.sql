-- One row per line of a confirmed Odoo order and per posted credit note, in the words of the other ERP's entries. A
-- credit note gives money back and says no products.
{% set documents_affected -%}
    select 'order_lines|' || order_id from {{ changed(ref('stg_odoo__order_lines')) }}
    union all
    select 'order_lines|' || order_id from {{ changed(ref('stg_odoo__orders')) }}
    union all
    select 'credit_notes|' || return_id from {{ changed(ref('stg_odoo__credit_notes')) }}
    union all
    select 'order_lines|' || orders.order_id
    from {{ ref('stg_odoo__orders') }} as orders
    inner join {{ changed(ref('stg_odoo__partners')) }} on orders.partner_id = stg_odoo__partners_changes.partner_id
    union all
    select 'credit_notes|' || notes.return_id
    from {{ ref('stg_odoo__credit_notes') }} as notes
    inner join {{ changed(ref('stg_odoo__partners')) }} on notes.partner_id = stg_odoo__partners_changes.partner_id
    union all
    select 'order_lines|' || lines.order_id
    from {{ ref('stg_odoo__order_lines') }} as lines
    inner join {{ changed(ref('stg_odoo__products')) }} on lines.product_id = stg_odoo__products_changes.product_id
{%- endset %}
{{ affected_by('document', documents_affected, "source_stream || '|' || document_id") }}

with partners as (
    select partner_id, coalesce(customer_no, partner_id) as customer_no from {{ ref('stg_odoo__partners') }}
)

select
    'order' as entry_type,
    'odoo' as source_system,
    'order_lines' as source_stream,
    lines.source_key,
    lines.load_id,
    orders.order_id as document_id,
    lines.order_entry_id as entry_id,
    orders.order_no,
    orders.order_on as occurred_on,
    orders.owner_user_id as salesman_no,
    partners.customer_no,
    products.product_code as material_no,
    lines.quantity,
    lines.amount,
    coalesce(lines.currency, orders.currency, '{{ var("currency") }}') as currency,
    orders.opportunity_id as crm_deal_id,
    orders.is_renewal
from {{ ref('stg_odoo__order_lines') }} as lines
inner join {{ ref('stg_odoo__orders') }} as orders on lines.order_id = orders.order_id
left join partners on orders.partner_id = partners.partner_id
left join {{ ref('stg_odoo__products') }} as products on lines.product_id = products.product_id
where
    not lines.is_deleted and not orders.is_deleted and orders.is_effective
    and {{ is_affected(document="'order_lines|' || lines.order_id") }}
union all
select
    'return',
    'odoo',
    'credit_notes',
    notes.source_key,
    notes.load_id,
    notes.return_id,
    notes.return_id,
    notes.order_no,
    notes.return_on,
    notes.owner_user_id,
    partners.customer_no,
    null,
    null,
    -notes.amount,
    coalesce(notes.currency, '{{ var("currency") }}'),
    null,
    false
from {{ ref('stg_odoo__credit_notes') }} as notes
left join partners on notes.partner_id = partners.partner_id
where
    not notes.is_deleted and notes.is_effective and notes.return_on is not null
    and {{ is_affected(document="'credit_notes|' || notes.return_id") }}
