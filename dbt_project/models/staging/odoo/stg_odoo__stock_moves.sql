{%- set moved_on -%}{{ business_date('moved_at') }}{%- endset %}

{{ staged(
    source('raw_odoo', 'stock_moves'),
    fields={
        'move_id': ['text', 'id', 'required'],
        'reference': ['text', 'reference'],
        'product_id': ['text', 'product_id/id'],
        'ordered_quantity': ['decimal(18, 4)', 'product_uom_qty'],
        'quantity': ['decimal(18, 4)', 'quantity'],
        'state': ['text', 'state', 'required'],
        'moved_at': ['utc_instant', 'date', 'required'],
        'location_name': ['text', 'location_id/name'],
        'location_dest_name': ['text', 'location_dest_id/name'],
        'origin': ['text', 'origin'],
        'order_entry_id': ['text', 'sale_line_id/id'],
    },
    derived={
        'moved_on': moved_on,
        'is_effective': "state = 'done'",
    },
) }}
