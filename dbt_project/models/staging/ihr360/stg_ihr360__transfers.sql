{{ staged(
    source('raw_ihr360', 'transfers'),
    fields={
        'transfer_id': ['text', 'transferId', 'required'],
        'staff_id': ['text', 'staffId', 'required'],
        'employee_no': ['text', 'staffNo'],
        'transferred_on': ['date', 'transferDate', 'required'],
        'before_department_id': ['text', 'beforeDepartmentId'],
        'after_department_id': ['text', 'afterDepartmentId'],
        'before_position_id': ['text', 'beforePositionId'],
        'after_position_id': ['text', 'afterPositionId'],
    },
) }}
