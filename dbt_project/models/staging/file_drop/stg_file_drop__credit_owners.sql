{{ staged(
    source('raw_file_drop', 'credit_owners'),
    fields={
        'object_type': ['text', 'object_type', 'required'],
        'object_id': ['text', 'object_id', 'required'],
        'employee_no': ['text', 'employee_no', 'required'],
        'share_percent': ['decimal(9, 4)', 'share_percent', 'required'],
        'valid_from': ['date', 'valid_from', 'required'],
        'valid_to': ['date', 'valid_to'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
