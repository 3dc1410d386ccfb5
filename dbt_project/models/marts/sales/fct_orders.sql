{{ config(meta={'day': 'occurred_on'}) }}
{% set documents_affected -%}
    select source_stream || '|' || document_id from {{ changed(ref('int_order_entries')) }}
{%- endset %}
{{ affected_by('document', documents_affected, "source_stream || '|' || document_id") }}

select
    source_stream || '|' || source_key as order_entry_key,
    entry_type,
    document_id,
    entry_id,
    order_no,
    occurred_on,
    salesman_no,
    salesman_employee_no,
    customer_no,
    material_no,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(amount as decimal(18, 2)) as amount,
    currency,
    crm_deal_id,
    is_renewal,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_order_entries') }}
where {{ is_affected() }}
