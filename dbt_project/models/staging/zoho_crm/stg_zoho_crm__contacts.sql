{{ staged(
    source('raw_zoho_crm', 'contacts'),
    fields={
        'contact_id': ['text', 'id', 'required'],
        'account_id': ['text', 'Account_Name/id'],
        'owner_user_id': ['text', 'Owner/id'],
        'phone_hash': ['text', 'Phone/hash'],
        'is_phone_valid': ['boolean', 'Phone/valid'],
        'mobile_hash': ['text', 'Mobile/hash'],
        'is_mobile_valid': ['boolean', 'Mobile/valid'],
        'email_hash': ['text', 'Email/hash'],
        'is_email_valid': ['boolean', 'Email/valid'],
        'created_at': ['instant', 'Created_Time', 'required'],
        'modified_at': ['instant', 'Modified_Time'],
    },
) }}
