{{ staged(
    source('raw_file_drop', 'promotion_costs'),
    fields={
        'cost_id': ['text', 'cost_id', 'required'],
        'cost_on': ['date', 'cost_on', 'required'],
        'channel': ['text', 'channel'],
        'campaign': ['text', 'campaign'],
        'cost_type': ['text', 'cost_type'],
        'amount': ['decimal(18, 2)', 'amount', 'required'],
        'file_name': ['text', '_file'],
        'line_number': ['integer', '_line'],
    },
) }}
