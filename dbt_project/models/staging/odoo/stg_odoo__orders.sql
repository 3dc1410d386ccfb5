{%- set order_on -%}{{ business_date('ordered_at') }}{%- endset %}

{{ staged(
    source('raw_odoo', 'orders'),
    fields={
        'order_id': ['text', 'id', 'required'],
        'order_no': ['text', 'name', 'required'],
        'state': ['text', 'state', 'required'],
        'ordered_at': ['utc_instant', 'date_order', 'required'],
        'partner_id': ['text', 'partner_id/id'],
        'owner_user_id': ['text', 'user_id/id'],
        'opportunity_id': ['text', 'opportunity_id/id'],
        'currency': ['text', 'currency_id/name'],
        'amount': ['decimal(18, 2)', 'amount_total', 'required'],
        'renewal': ['boolean', 'x_is_renewal'],
        'created_at': ['utc_instant', 'create_date', 'required'],
        'modified_at': ['utc_instant', 'write_date'],
    },
    derived={
        'order_on': order_on,
        'is_effective': "state in ('sale', 'done')",
        'is_renewal': "coalesce(renewal, false)",
    },
    hidden=['renewal'],
) }}
