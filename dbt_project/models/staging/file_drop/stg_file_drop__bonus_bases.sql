{{ staged(
    source('raw_file_drop', 'bonus_bases'),
    fields={
        'employee_no': ['text', 'employee_no', 'required'],
        'valid_from': ['date', 'valid_from', 'required'],
        'valid_to': ['date', 'valid_to'],
        'base_amount': ['decimal(18, 2)', 'base_amount', 'required'],
        'currency': ['text', 'currency', 'required'],
        'payer_entity': ['text', 'payer_entity'],
        'pay_group': ['text', 'pay_group'],
        'cost_centre': ['text', 'cost_centre'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
