-- One row per cost or traffic metric, piece of spend and credited marketing employee.
{{ config(materialized='view') }}

with credited as (
    select
        spend.*,
        credits.employee_no,
        cast(spend.cost_amount * credits.share_to as decimal(38, 6))
        - cast(spend.cost_amount * credits.share_from as decimal(38, 6)) as cost_slice,
        cast(spend.return_cost_amount * credits.share_to as decimal(38, 6))
        - cast(spend.return_cost_amount * credits.share_from as decimal(38, 6)) as return_cost_slice,
        cast(spend.impressions * credits.share_to as decimal(38, 6))
        - cast(spend.impressions * credits.share_from as decimal(38, 6)) as impressions_slice,
        cast(spend.clicks * credits.share_to as decimal(38, 6))
        - cast(spend.clicks * credits.share_from as decimal(38, 6)) as clicks_slice,
        cast(spend.conversions * credits.share_to as decimal(38, 6))
        - cast(spend.conversions * credits.share_from as decimal(38, 6)) as conversions_slice
    from {{ ref('int_spend') }} as spend
    inner join {{ ref('int_credits') }} as credits
        on credits.record_type = 'spend' and spend.spend_id = credits.record_id
),

-- return on spend reads the record that books on the day of the exposure
by_exposure as (
    select
        * replace (
            return_source_stream as source_stream, return_source_key as source_key, return_load_id as load_id
        )
    from credited
    where return_source_key is not null
),

measured as (
    select *, 'cost_per_lead' as metric_id, cost_slice as numerator, 0 as denominator
    from credited
    union all
    select *, 'cost_per_mql', cost_slice, 0
    from credited
    union all
    select *, 'customer_acquisition_cost', cost_slice, 0
    from credited
    union all
    select *, 'roas', 0, return_cost_slice
    from by_exposure
    union all
    select *, 'roi_net', -return_cost_slice, return_cost_slice
    from by_exposure
    union all
    select *, 'ad_impressions', impressions_slice, 0
    from credited
    where impressions is not null
    union all
    select *, 'ad_ctr', coalesce(clicks_slice, 0), impressions_slice
    from credited
    where impressions is not null
    union all
    select *, 'exposure_conversion_rate', coalesce(conversions_slice, 0), impressions_slice
    from credited
    where impressions is not null
)

select
    metric_id,
    employee_no,
    occurred_on,
    'spend' as role,
    numerator,
    denominator,
    true as counts_for_company,
    source_system,
    source_stream,
    source_key,
    load_id
from measured
