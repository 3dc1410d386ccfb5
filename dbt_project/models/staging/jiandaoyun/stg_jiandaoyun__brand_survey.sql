{{ staged(
    source('raw_jiandaoyun', 'brand_survey'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'wave': ['text', 'wave', 'required'],
        'answered_at': ['instant', 'answered_at', 'required'],
        'city': ['text', 'city'],
        'is_aware_unaided': ['boolean', 'aware_unaided'],
        'is_aware_aided': ['boolean', 'aware_aided'],
    },
    derived={'answered_on': business_date('answered_at')},
) }}
