{{ staged(
    source('raw_jiandaoyun', 'material_requisitions'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'requisition_no': ['text', 'requisition_no'],
        'employee_no': ['text', 'employee/username', 'required'],
        'requested_at': ['instant', 'requested_at', 'required'],
        'approved_at': ['instant', 'approved_at'],
    },
) }}
