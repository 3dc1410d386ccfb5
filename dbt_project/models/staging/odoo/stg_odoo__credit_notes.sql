{{ staged(
    source('raw_odoo', 'credit_notes'),
    fields={
        'return_id': ['text', 'id', 'required'],
        'return_no': ['text', 'name', 'required'],
        'state': ['text', 'state', 'required'],
        'return_on': ['date', 'invoice_date'],
        'partner_id': ['text', 'partner_id/id'],
        'owner_user_id': ['text', 'invoice_user_id/id'],
        'order_no': ['text', 'invoice_origin'],
        'currency': ['text', 'currency_id/name'],
        'amount': ['decimal(18, 2)', 'amount_total', 'required'],
    },
    derived={'is_effective': "state = 'posted'"},
) }}
