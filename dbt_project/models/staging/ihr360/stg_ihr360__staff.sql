{{ staged(
    source('raw_ihr360', 'staff'),
    fields={
        'staff_id': ['text', 'staffId', 'required'],
        'employee_no': ['text', 'staffNo', 'required'],
        'work_email_hash': ['text', 'workEmail/hash'],
        'staff_status': ['text', 'staffStatus'],
        'department_id': ['text', 'departmentId'],
        'position_id': ['text', 'positionId'],
        'staff_type': ['text', 'staffType'],
        'hired_on': ['date', 'enrollInDate', 'required'],
        'probation_end_on': ['date', 'probationEndDate'],
        'left_on': ['date', 'leaveDate'],
        'superior_employee_no': ['text', 'superiorStaffNo'],
    },
) }}
