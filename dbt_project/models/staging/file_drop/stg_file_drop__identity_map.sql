{{ staged(
    source('raw_file_drop', 'identity_map'),
    fields={
        'source_system': ['text', 'source_system', 'required'],
        'source_user_id': ['text', 'source_user_id', 'required'],
        'employee_no': ['text', 'employee_no', 'required'],
        'valid_from': ['date', 'valid_from', 'required'],
        'valid_to': ['date', 'valid_to'],
        'note': ['text', 'note'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
