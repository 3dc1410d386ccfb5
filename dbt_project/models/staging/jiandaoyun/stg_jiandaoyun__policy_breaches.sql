{{ staged(
    source('raw_jiandaoyun', 'policy_breaches'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'breach_no': ['text', 'breach_id'],
        'employee_no': ['text', 'employee/username', 'required'],
        'breach_type': ['word breach_types', 'breach_type', 'required'],
        'occurred_at': ['instant', 'occurred_on', 'required'],
        'confirmed_at': ['instant', 'confirmed_on'],
        'status': ['word breach_states', 'status', 'required'],
        'rectify_due_at': ['instant', 'rectify_due_on'],
        'rectified_at': ['instant', 'rectified_on'],
    },
    derived={
        'breach_id': 'coalesce(breach_no, record_id)',
        'occurred_on': business_date('occurred_at'),
        'confirmed_on': business_date('confirmed_at'),
        'rectify_due_on': business_date('rectify_due_at'),
        'rectified_on': business_date('rectified_at'),
    },
    hidden=['record_id', 'breach_no', 'occurred_at', 'confirmed_at', 'rectify_due_at', 'rectified_at'],
) }}
