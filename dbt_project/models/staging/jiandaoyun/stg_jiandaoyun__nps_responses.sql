{{ staged(
    source('raw_jiandaoyun', 'nps_responses'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'response_no': ['text', 'response_id'],
        'employee_no': ['text', 'employee/username'],
        'customer_no': ['text', 'customer_no'],
        'answered_at': ['instant', 'answered_at', 'required'],
        'score': ['scale 0 10', 'score'],
    },
    derived={'response_id': 'coalesce(response_no, record_id)', 'answered_on': business_date('answered_at')},
    hidden=['record_id', 'response_no'],
) }}
