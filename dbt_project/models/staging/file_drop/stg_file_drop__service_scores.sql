{{ staged(
    source('raw_file_drop', 'service_scores'),
    fields={
        'response_id': ['text', 'response_id', 'required'],
        'employee_no': ['text', 'employee_no', 'required'],
        'answered_on': ['date', 'answered_on', 'required'],
        'score': ['decimal(9, 4)', 'score', 'required'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
