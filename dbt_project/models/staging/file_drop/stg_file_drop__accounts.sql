{{ staged(
    source('raw_file_drop', 'accounts'),
    fields={
        'account': ['text', 'account', 'required'],
        'sector': ['text', 'sector'],
        'founded_in': ['integer', 'founded_in'],
        'employees_count': ['integer', 'employees_count'],
        'country': ['text', 'country'],
        'parent_account': ['text', 'parent_account'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
    derived={'account_key': canonical_key('account')},
) }}
