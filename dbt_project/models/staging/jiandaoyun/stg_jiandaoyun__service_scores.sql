{{ staged(
    source('raw_jiandaoyun', 'service_scores'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'response_no': ['text', 'response_id'],
        'employee_no': ['text', 'employee/username', 'required'],
        'answered_at': ['instant', 'answered_on', 'required'],
        'score': ['decimal(9, 4)', 'score', 'required'],
    },
    derived={'response_id': 'coalesce(response_no, record_id)', 'answered_on': business_date('answered_at')},
    hidden=['record_id', 'response_no', 'answered_at'],
) }}
