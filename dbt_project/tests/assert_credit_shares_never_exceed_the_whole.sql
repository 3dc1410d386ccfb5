-- Shares of one object on one day that add up to more than 100 % would credit work twice; the model cuts them off,
-- the file has to be corrected.
{{ config(meta={'dagster': {'ref': {'name': 'int_credit_shares'}}}) }}

with owners as (
    select * from {{ ref('stg_file_drop__credit_owners') }} where not is_deleted
),

starts as (
    select distinct object_type, object_id, valid_from as starts_on from owners
)

select starts.object_type, starts.object_id, starts.starts_on, sum(owners.share_percent) as share_percent
from starts
inner join owners
    on
        starts.object_type = owners.object_type
        and starts.object_id = owners.object_id
        and starts.starts_on >= owners.valid_from
        and (owners.valid_to is null or starts.starts_on < owners.valid_to)
group by starts.object_type, starts.object_id, starts.starts_on
having sum(owners.share_percent) > 100
