{{ staged(
    source('raw_odoo', 'order_lines'),
    fields={
        'order_entry_id': ['text', 'id', 'required'],
        'order_id': ['text', 'order_id/id', 'required'],
        'product_id': ['text', 'product_id/id'],
        'quantity': ['decimal(18, 4)', 'product_uom_qty'],
        'amount': ['decimal(18, 2)', 'price_total', 'required'],
        'currency': ['text', 'currency_id/name'],
        'state': ['text', 'state'],
    },
) }}
