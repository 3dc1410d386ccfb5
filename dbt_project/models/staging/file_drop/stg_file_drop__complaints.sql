{{ staged(
    source('raw_file_drop', 'complaints'),
    fields={
        'complaint_id': ['text', 'complaint_id', 'required'],
        'employee_no': ['text', 'employee_no', 'required'],
        'customer_no': ['text', 'customer_no'],
        'received_at': ['any_instant', 'received_at', 'required'],
        'due_at': ['any_instant', 'due_at'],
        'closed_at': ['any_instant', 'closed_at'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
