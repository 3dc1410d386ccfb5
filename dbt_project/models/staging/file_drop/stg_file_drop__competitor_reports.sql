{{ staged(
    source('raw_file_drop', 'competitor_reports'),
    fields={
        'report_id': ['text', 'report_id', 'required'],
        'employee_no': ['text', 'employee_no', 'required'],
        'discovered_at': ['any_instant', 'discovered_at', 'required'],
        'submitted_at': ['any_instant', 'submitted_at'],
        'has_features': ['boolean', 'has_features'],
        'has_users': ['boolean', 'has_users'],
        'has_impact': ['boolean', 'has_impact'],
        'has_advice': ['boolean', 'has_advice'],
        'quality_score': ['decimal(9, 4)', 'quality_score'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
