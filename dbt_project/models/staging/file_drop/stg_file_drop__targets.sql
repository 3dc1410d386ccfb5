{{ staged(
    source('raw_file_drop', 'targets'),
    fields={
        'metric_id': ['text', 'metric_id', 'required'],
        'grain': ['text', 'grain', 'required'],
        'subject_id': ['text', 'subject_id', 'required'],
        'period_id': ['text', 'period_id', 'required'],
        'target': ['decimal(38, 6)', 'target', 'required'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
