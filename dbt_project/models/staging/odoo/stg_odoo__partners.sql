{{ staged(
    source('raw_odoo', 'partners'),
    fields={
        'partner_id': ['text', 'id', 'required'],
        'company': ['boolean', 'is_company'],
        'parent_id': ['text', 'parent_id/id'],
        'owner_user_id': ['text', 'user_id/id'],
        'customer_no': ['text', 'ref'],
        'phone_hash': ['text', 'phone/hash'],
        'is_phone_valid': ['boolean', 'phone/valid'],
        'email_hash': ['text', 'email/hash'],
        'is_email_valid': ['boolean', 'email/valid'],
        'city': ['text', 'city'],
        'customer_rank': ['integer', 'customer_rank'],
        'active': ['boolean', 'active'],
        'created_at': ['utc_instant', 'create_date', 'required'],
        'modified_at': ['utc_instant', 'write_date'],
    },
    derived={
        'is_company': "coalesce(company, false)",
        'is_active': "coalesce(active, true)",
    },
    hidden=['company', 'active'],
) }}
