{{ staged(
    source('raw_file_drop', 'product_inputs'),
    fields={
        'input_id': ['text', 'input_id', 'required'],
        'employee_no': ['text', 'employee_no', 'required'],
        'submitted_on': ['date', 'submitted_on', 'required'],
        'decision': ['text', 'decision'],
        'decided_on': ['date', 'decided_on'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
