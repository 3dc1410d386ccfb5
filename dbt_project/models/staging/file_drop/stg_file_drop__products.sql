{{ staged(
    source('raw_file_drop', 'products'),
    fields={
        'product': ['text', 'product', 'required'],
        'series': ['text', 'series'],
        'list_price': ['decimal(18, 2)', 'list_price'],
        'currency': ['text', 'currency', 'required'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
    derived={'product_key': canonical_key('product')},
) }}
