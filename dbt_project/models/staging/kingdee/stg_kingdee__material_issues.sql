{{ staged(
    source('raw_kingdee', 'material_issues'),
    fields={
        'issue_id': ['text', 'FID', 'required'],
        'issue_entry_id': ['text', 'FEntity_FEntryID', 'required'],
        'issue_no': ['text', 'FBillNo', 'required'],
        'issued_on': ['date', 'FDate', 'required'],
        'document_status': ['text', 'FDocumentStatus', 'required'],
        'cancel_status': ['text', 'FCancelStatus'],
        'material_no': ['text', 'FMaterialId.FNumber'],
        'quantity': ['decimal(18, 4)', 'FQty'],
        'amount': ['decimal(18, 2)', 'FAmount'],
        'applicant_employee_no': ['text', 'F_Applicant.FNumber'],
    },
    derived={
        'is_effective': "document_status = 'C' and coalesce(cancel_status, 'A') != 'B'",
    },
    hidden=['document_status', 'cancel_status'],
) }}
