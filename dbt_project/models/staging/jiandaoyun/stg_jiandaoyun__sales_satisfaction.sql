{{ staged(
    source('raw_jiandaoyun', 'sales_satisfaction'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'employee_no': ['text', 'employee/username', 'required'],
        'rated_team_id': ['text', 'rated_team', 'required'],
        'rated_month': ['month', 'period_id', 'required'],
        'score': ['scale 1 5', 'score'],
        'answered_at': ['instant', 'createTime', 'required'],
    },
    derived={'answered_on': business_date('answered_at')},
    hidden=['answered_at'],
) }}
