{%- set created_on -%}{{ business_date('created_at') }}{%- endset %}

{{ staged(
    source('raw_kingdee', 'customers'),
    fields={
        'customer_no': ['text', 'FNumber', 'required'],
        'erp_customer_id': ['text', 'FCUSTID'],
        'customer_name': ['text', 'FName'],
        'created_at': ['local_instant', 'FCreateDate'],
        'document_status': ['text', 'FDocumentStatus', 'required'],
        'forbid_status': ['text', 'FForbidStatus'],
        'salesman_no': ['text', 'FSELLER.FNumber'],
    },
    derived={
        'created_on': created_on,
        'is_effective': "document_status = 'C' and coalesce(forbid_status, 'A') != 'B'",
    },
    hidden=['created_at', 'document_status', 'forbid_status'],
) }}
