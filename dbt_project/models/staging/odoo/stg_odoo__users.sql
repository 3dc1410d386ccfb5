{{ staged(
    source('raw_odoo', 'users'),
    fields={
        'user_id': ['text', 'id', 'required'],
        'email_hash': ['text', 'login/hash'],
        'active': ['boolean', 'active'],
    },
    derived={'is_active': "coalesce(active, true)"},
    hidden=['active'],
) }}
