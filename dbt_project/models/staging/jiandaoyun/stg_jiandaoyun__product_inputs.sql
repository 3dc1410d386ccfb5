{{ staged(
    source('raw_jiandaoyun', 'product_inputs'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'input_no': ['text', 'input_id'],
        'employee_no': ['text', 'employee/username', 'required'],
        'submitted_at': ['instant', 'submitted_on', 'required'],
        'decision': ['word product_decisions', 'decision'],
        'decided_at': ['instant', 'decided_on'],
    },
    derived={
        'input_id': 'coalesce(input_no, record_id)',
        'submitted_on': business_date('submitted_at'),
        'decided_on': business_date('decided_at'),
    },
    hidden=['record_id', 'input_no', 'submitted_at', 'decided_at'],
) }}
