-- One row per effective order entry and return entry; a return is negative and has its own date and salesman (F010).
with entries as (
    select
        'order' as entry_type,
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
        crm_deal_id,
        coalesce(is_renewal, false) as is_renewal
    from {{ ref('stg_kingdee__sales_orders') }}
    where not is_deleted and is_effective
    union all
    select
        'return',
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
        null,
        false
    from {{ ref('stg_kingdee__returns') }}
    where not is_deleted and is_effective
)

select
    entries.*,
    salesmen.employee_no as salesman_employee_no,
    entries.entry_type = 'order'
    and row_number() over (
        partition by entries.entry_type, entries.document_id order by entries.entry_id
    ) = 1 as is_first_entry
from entries
left join {{ ref('int_identities__employees') }} as salesmen
    on
        salesmen.source_system = 'kingdee'
        and entries.salesman_no = salesmen.source_user_id
        and entries.occurred_on >= salesmen.valid_from
        and entries.occurred_on < salesmen.valid_to
