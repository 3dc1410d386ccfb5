{{ staged(
    source('raw_ihr360', 'leaves'),
    fields={
        'leave_id': ['text', 'leaveId', 'required'],
        'staff_id': ['text', 'staffId', 'required'],
        'employee_no': ['text', 'staffNo', 'required'],
        'leave_type': ['text', 'leaveType', 'required'],
        'first_on': ['date', 'startDate', 'required'],
        'last_on': ['date', 'endDate', 'required'],
        'days': ['decimal(9, 2)', 'days'],
    },
) }}
