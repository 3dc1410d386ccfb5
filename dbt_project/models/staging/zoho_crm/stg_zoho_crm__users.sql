{{ staged(
    source('raw_zoho_crm', 'users'),
    fields={
        'user_id': ['text', 'id', 'required'],
        'email_hash': ['text', 'email/hash'],
        'status': ['text', 'status'],
        'role_name': ['text', 'role/name'],
    },
    derived={
        'is_active': "status = 'active'",
    },
    hidden=['status'],
) }}
