{{ staged(
    source('raw_zoho_crm', 'accounts'),
    fields={
        'account_id': ['text', 'id', 'required'],
        'account_name': ['text', 'Account_Name'],
        'owner_user_id': ['text', 'Owner/id'],
        'erp_customer_no': ['text', 'ERP_Customer_No'],
        'industry': ['text', 'Industry'],
        'employees_count': ['integer', 'Employees'],
        'phone_hash': ['text', 'Phone/hash'],
        'is_phone_valid': ['boolean', 'Phone/valid'],
        'billing_city': ['text', 'Billing_City'],
        'demand_preference': ['text', 'Demand_Preference'],
        'file_complete': ['boolean', 'File_Complete'],
        'created_at': ['instant', 'Created_Time', 'required'],
        'modified_at': ['instant', 'Modified_Time'],
    },
    derived={
        'has_file': "coalesce(file_complete, false)",
    },
    hidden=['file_complete'],
) }}
