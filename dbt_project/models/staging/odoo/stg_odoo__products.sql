{{ staged(
    source('raw_odoo', 'products'),
    fields={
        'product_id': ['text', 'id', 'required'],
        'product_code': ['text', 'default_code'],
        'product_name': ['text', 'name'],
        'category_name': ['text', 'categ_id/name'],
        'standard_cost': ['decimal(18, 2)', 'standard_price'],
        'active': ['boolean', 'active'],
    },
    derived={'is_active': "coalesce(active, true)"},
    hidden=['active'],
) }}
