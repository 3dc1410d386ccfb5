{{ staged(
    source('raw_ihr360', 'organizations'),
    fields={
        'organization_id': ['text', 'organizationId', 'required'],
        'organization_name': ['text', 'organizationName'],
        'parent_id': ['text', 'parentId'],
        'manager_employee_no': ['text', 'managerStaffNo'],
        'status': ['text', 'status'],
    },
) }}
