{% set stock_affected -%}
    select source_key from {{ changed(ref('stg_kingdee__inventory')) }}
    union all
    select stock.source_key
    from {{ ref('stg_kingdee__inventory') }} as stock
    inner join {{ changed(ref('stg_kingdee__materials')) }} on stock.material_no = stg_kingdee__materials_changes.material_no
{%- endset %}
{{ affected_by('source_key', stock_affected) }}

select
    stock.snapshot_on,
    stock.material_no,
    stock.stock_no,
    cast(stock.quantity as decimal(18, 4)) as quantity,
    cast(materials.reference_cost as decimal(18, 2)) as reference_cost,
    stock.source_key,
    stock.load_id
from {{ ref('stg_kingdee__inventory') }} as stock
left join {{ ref('stg_kingdee__materials') }} as materials
    on stock.material_no = materials.material_no and not materials.is_deleted
where not stock.is_deleted and {{ is_affected(source_key='stock.source_key') }}
