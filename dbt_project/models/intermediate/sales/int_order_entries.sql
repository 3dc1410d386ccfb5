-- One row per effective order entry and return entry; a return is negative and has its own date and salesman (F010).
-- Without an ERP a won opportunity of the feed is the order.
{{ config(meta={'day': 'occurred_on'}) }}
{% set documents_affected -%}
    select 'sales_orders|' || order_id from {{ changed(ref('stg_kingdee__sales_orders')) }}
    union all
    select 'returns|' || return_id from {{ changed(ref('stg_kingdee__returns')) }}
    union all
    select source_stream || '|' || opportunity_id from {{ changed(ref('int_opportunities')) }}
    union all
    select source_stream || '|' || document_id from {{ changed(ref('int_odoo_order_entries')) }}
    union all
    select known.source_stream || '|' || known.document_id
    from {{ this }} as known
    inner join {{ changed(ref('int_identities__employees')) }}
        on
            known.source_system = int_identities__employees_changes.source_system
            and known.salesman_no = int_identities__employees_changes.source_user_id
{%- endset %}
{{ affected_by('document', documents_affected, "source_stream || '|' || document_id") }}

with entries as (
    select
        'order' as entry_type,
        'kingdee' as source_system,
        'sales_orders' as source_stream,
        source_key,
        load_id,
        order_id as document_id,
        order_entry_id as entry_id,
        order_no,
        order_on as occurred_on,
        salesman_no,
        customer_no,
        material_no,
        quantity,
        amount,
        '{{ var("currency") }}' as currency,
        crm_deal_id,
        coalesce(is_renewal, false) as is_renewal
    from {{ ref('stg_kingdee__sales_orders') }}
    where not is_deleted and is_effective and {{ is_affected(document="'sales_orders|' || order_id") }}
    union all
    select
        'return',
        'kingdee',
        'returns',
        source_key,
        load_id,
        return_id,
        return_entry_id,
        order_no,
        return_on,
        salesman_no,
        customer_no,
        material_no,
        -quantity,
        -amount,
        '{{ var("currency") }}',
        null,
        false
    from {{ ref('stg_kingdee__returns') }}
    where not is_deleted and is_effective and {{ is_affected(document="'returns|' || return_id") }}
    union all
    select
        'order',
        source_system,
        source_stream,
        source_key,
        load_id,
        opportunity_id,
        opportunity_id,
        opportunity_id,
        closed_on,
        owner_employee_no,
        account_id,
        product,
        null,
        coalesce(amount, 0),
        currency,
        opportunity_id,
        false
    from {{ ref('int_opportunities') }}
    where
        source_system = 'file_drop' and outcome = 'won' and closed_on is not null
        and {{ is_affected(document="source_stream || '|' || opportunity_id") }}
    union all
    select * from {{ ref('int_odoo_order_entries') }}
    where {{ is_affected(document="source_stream || '|' || document_id") }}
)

select
    entries.*,
    salesmen.employee_no as salesman_employee_no,
    entries.entry_type = 'order'
    and row_number() over (
        partition by entries.source_system, entries.entry_type, entries.document_id order by entries.entry_id
    ) = 1 as is_first_entry
from entries
left join {{ ref('int_identities__employees') }} as salesmen
    on
        entries.source_system = salesmen.source_system
        and entries.salesman_no = salesmen.source_user_id
        and entries.occurred_on >= salesmen.valid_from
        and entries.occurred_on < salesmen.valid_to
