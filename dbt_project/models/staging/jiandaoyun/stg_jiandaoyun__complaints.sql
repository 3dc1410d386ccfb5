{{ staged(
    source('raw_jiandaoyun', 'complaints'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'complaint_no': ['text', 'complaint_id'],
        'employee_no': ['text', 'employee/username', 'required'],
        'customer_no': ['text', 'customer_no'],
        'received_at': ['instant', 'received_at', 'required'],
        'due_at': ['instant', 'due_at'],
        'closed_at': ['instant', 'closed_at'],
    },
    derived={'complaint_id': 'coalesce(complaint_no, record_id)'},
    hidden=['record_id', 'complaint_no'],
) }}
