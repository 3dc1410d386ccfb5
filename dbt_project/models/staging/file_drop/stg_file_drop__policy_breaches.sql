{{ staged(
    source('raw_file_drop', 'policy_breaches'),
    fields={
        'breach_id': ['text', 'breach_id', 'required'],
        'employee_no': ['text', 'employee_no', 'required'],
        'breach_type': ['text', 'breach_type', 'required'],
        'occurred_on': ['date', 'occurred_on', 'required'],
        'confirmed_on': ['date', 'confirmed_on'],
        'status': ['text', 'status', 'required'],
        'rectify_due_on': ['date', 'rectify_due_on'],
        'rectified_on': ['date', 'rectified_on'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
