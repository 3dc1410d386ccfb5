-- One row per sales opportunity with its owner, product and customer. Products and customers of a file are found by
-- their letters and digits alone (GTXPro is GTX Pro), where exactly one of the catalogue has them; `product_match`
-- tells how.
{% set opportunities_affected -%}
    select source_system || '|' || opportunity_id from {{ changed(ref('int_opportunities__sources')) }}
    union all
    select sources.source_system || '|' || sources.opportunity_id
    from {{ ref('int_opportunities__sources') }} as sources
    inner join {{ changed(ref('stg_file_drop__products')) }} on sources.product_key = stg_file_drop__products_changes.product_key
    union all
    select sources.source_system || '|' || sources.opportunity_id
    from {{ ref('int_opportunities__sources') }} as sources
    inner join {{ changed(ref('stg_file_drop__accounts')) }} on sources.account_key = stg_file_drop__accounts_changes.account_key
    union all
    select sources.source_system || '|' || sources.opportunity_id
    from {{ ref('int_opportunities__sources') }} as sources
    inner join {{ changed(ref('int_identities__employees')) }}
        on
            sources.source_system = int_identities__employees_changes.source_system
            and sources.owner_user_id = int_identities__employees_changes.source_user_id
    union all
    select sources.source_system || '|' || sources.opportunity_id
    from {{ ref('int_opportunities__sources') }} as sources
    where sources.closed_on is null and sources.engaged_on is null and exists (select 1 from {{ passed_days() }})
{%- endset %}
{{ affected_by('opportunity', opportunities_affected, "source_system || '|' || opportunity_id") }}

with opportunities as (
    select * from {{ ref('int_opportunities__sources') }} where {{ is_affected() }}
),

products as (
    select product_key, min(product) as product, min(series) as series
    from {{ ref('stg_file_drop__products') }}
    where not is_deleted
    group by product_key
    having count(*) = 1
),

accounts as (
    select account_key, min(account) as account, min(sector) as sector
    from {{ ref('stg_file_drop__accounts') }}
    where not is_deleted
    group by account_key
    having count(*) = 1
),

owned as (
    select
        opportunities.*,
        employees.employee_no as owner_employee_no
    from opportunities
    left join {{ ref('int_identities__employees') }} as employees
        on
            opportunities.source_system = employees.source_system
            and opportunities.owner_user_id = employees.source_user_id
            and coalesce(opportunities.closed_on, opportunities.engaged_on, {{ as_of_date() }}) >= employees.valid_from
            and coalesce(opportunities.closed_on, opportunities.engaged_on, {{ as_of_date() }}) < employees.valid_to
)

select
    owned.source_system,
    owned.source_stream,
    owned.source_key,
    owned.load_id,
    owned.opportunity_id,
    owned.owner_user_id,
    owned.owner_employee_no,
    owned.account_id,
    coalesce(accounts.account, owned.account_name) as account_name,
    coalesce(accounts.sector, owned.sector) as sector,
    owned.product as product_sent,
    coalesce(products.product, owned.product) as product,
    products.series as product_series,
    case
        when owned.product is null then 'none'
        when products.product is null then 'unknown'
        when products.product = owned.product then 'exact'
        else 'by letters and digits'
    end as product_match,
    owned.stage,
    owned.outcome,
    owned.engaged_on,
    owned.closed_on,
    owned.amount,
    owned.currency,
    {{ days_between('owned.engaged_on', 'owned.closed_on') }} as days_to_close
from owned
left join products on owned.product_key = products.product_key
left join accounts on owned.account_key = accounts.account_key
