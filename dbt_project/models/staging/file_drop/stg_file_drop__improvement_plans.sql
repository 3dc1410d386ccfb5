{{ staged(
    source('raw_file_drop', 'improvement_plans'),
    fields={
        'employee_no': ['text', 'employee_no', 'required'],
        'valid_from': ['date', 'valid_from', 'required'],
        'valid_to': ['date', 'valid_to'],
        'decided_by': ['text', 'decided_by'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
