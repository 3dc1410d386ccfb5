{{ config(meta={'day': 'month_start'}) }}
{% set files_affected -%}
    select customer_id || '|' || cast(month_start as varchar), month_start from {{ changed(ref('int_customer_month_ends')) }}
{%- endset %}
{{ affected_by('customer_file_id', files_affected, day='month_start') }}

select
    customer_id || '|' || cast(month_start as varchar) as customer_file_id,
    customer_id,
    customer_no,
    owner_employee_no,
    month_start,
    measured_on,
    has_file,
    is_updated,
    cast(checked_field_count as integer) as checked_field_count,
    cast(correct_field_count as integer) as correct_field_count,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_customer_month_ends') }}
where {{ is_affected(customer_file_id="customer_id || '|' || cast(month_start as varchar)") }}
