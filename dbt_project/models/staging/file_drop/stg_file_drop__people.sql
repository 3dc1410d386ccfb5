{{ staged(
    source('raw_file_drop', 'people'),
    fields={
        'employee_no': ['text', 'employee_no', 'required'],
        'person_hash': ['text', 'person/hash'],
        'manager_hash': ['text', 'manager/hash'],
        'team_id': ['text', 'team_id'],
        'team_name': ['text', 'team_name'],
        'department_id': ['text', 'department_id', 'required'],
        'department_name': ['text', 'department_name'],
        'position_id': ['text', 'position_id', 'required'],
        'site': ['text', 'site'],
        'valid_from': ['date', 'valid_from', 'required'],
        'valid_to': ['date', 'valid_to'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
