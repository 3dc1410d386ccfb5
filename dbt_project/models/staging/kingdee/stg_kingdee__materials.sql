{{ staged(
    source('raw_kingdee', 'materials'),
    fields={
        'material_no': ['text', 'FNumber', 'required'],
        'material_name': ['text', 'FName'],
        'material_group': ['text', 'FMaterialGroup.FNumber'],
        'reference_cost': ['decimal(18, 2)', 'FRefCost'],
    },
) }}
