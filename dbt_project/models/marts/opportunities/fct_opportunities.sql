{% set opportunities_affected -%}
    select source_system || '|' || opportunity_id from {{ changed(ref('int_opportunities')) }}
{%- endset %}
{{ affected_by('opportunity', opportunities_affected, "source_system || '|' || opportunity_id") }}

select
    source_system || '.' || source_stream || '|' || source_key as opportunity_key,
    opportunity_id,
    owner_employee_no,
    account_id,
    account_name,
    sector,
    product_sent,
    product,
    product_series,
    product_match,
    stage,
    outcome,
    engaged_on,
    closed_on,
    cast(days_to_close as integer) as days_to_close,
    cast(amount as decimal(18, 2)) as amount,
    currency,
    source_system,
    source_stream,
    source_key,
    load_id
from {{ ref('int_opportunities') }}
where {{ is_affected() }}
