{{ staged(
    source('raw_file_drop', 'opportunities'),
    fields={
        'opportunity_id': ['text', 'opportunity_id', 'required'],
        'owner_employee_no': ['text', 'owner_employee_no'],
        'owner_hash': ['text', 'owner/hash'],
        'account': ['text', 'account'],
        'product': ['text', 'product'],
        'stage': ['text', 'stage'],
        'outcome': ['text', 'outcome', 'required'],
        'engaged_on': ['date', 'engaged_on'],
        'closed_on': ['date', 'closed_on'],
        'amount': ['decimal(18, 2)', 'amount'],
        'currency': ['text', 'currency', 'required'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
    derived={
        'account_key': canonical_key('account'),
        'product_key': canonical_key('product'),
    },
) }}
