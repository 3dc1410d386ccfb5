{{ staged(
    source('raw_kingdee', 'inventory'),
    fields={
        'snapshot_on': ['date', 'snapshot_on', 'required'],
        'material_no': ['text', 'FMaterialId.FNumber', 'required'],
        'stock_no': ['text', 'FStockId.FNumber', 'required'],
        'quantity': ['decimal(18, 4)', 'FBaseQty', 'required'],
    },
) }}
