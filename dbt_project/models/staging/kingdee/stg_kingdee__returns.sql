{{ staged(
    source('raw_kingdee', 'returns'),
    fields={
        'return_id': ['text', 'FID', 'required'],
        'return_entry_id': ['text', 'FEntity_FEntryID', 'required'],
        'return_no': ['text', 'FBillNo', 'required'],
        'return_on': ['date', 'FDate', 'required'],
        'document_status': ['text', 'FDocumentStatus', 'required'],
        'cancel_status': ['text', 'FCancelStatus'],
        'salesman_no': ['text', 'FSalesManId.FNumber'],
        'customer_no': ['text', 'FRetcustId.FNumber'],
        'material_no': ['text', 'FMaterialId.FNumber'],
        'quantity': ['decimal(18, 4)', 'FRealQty'],
        'amount': ['decimal(18, 2)', 'FAllAmount_LC', 'required'],
        'order_no': ['text', 'F_OrderBillNo'],
    },
    derived={
        'is_effective': "document_status = 'C' and coalesce(cancel_status, 'A') != 'B'",
    },
    hidden=['document_status', 'cancel_status'],
) }}
