-- One row per object, elementary interval and credited employee: the slice [share_from, share_to) of 0..1 that is
-- theirs. The slices of an object and interval tile 0..1 exactly; what nobody owns is a row without employee.
-- Amounts are cut at both ends of a slice and subtracted, so that they add up to the whole at any rounding.
with owners as (
    select
        object_type,
        object_id,
        employee_no,
        cast(share_percent as decimal(9, 4)) * cast(0.01 as decimal(3, 2)) as share,
        coalesce(valid_from, date '1900-01-01') as valid_from,
        coalesce(valid_to, date '9999-12-31') as valid_to
    from {{ ref('stg_file_drop__credit_owners') }}
    where not is_deleted
),

boundaries as (
    select object_type, object_id, valid_from as boundary_on from owners
    union
    select object_type, object_id, valid_to from owners
),

elementary as (
    select
        object_type,
        object_id,
        boundary_on as valid_from,
        lead(boundary_on) over (partition by object_type, object_id order by boundary_on) as valid_to
    from boundaries
),

covered as (
    select
        elementary.object_type,
        elementary.object_id,
        elementary.valid_from,
        elementary.valid_to,
        owners.employee_no,
        sum(owners.share) as share
    from elementary
    inner join owners
        on
            elementary.object_type = owners.object_type
            and elementary.object_id = owners.object_id
            and elementary.valid_from >= owners.valid_from
            and elementary.valid_to <= owners.valid_to
    group by
        elementary.object_type, elementary.object_id, elementary.valid_from, elementary.valid_to, owners.employee_no
),

stacked as (
    select
        object_type,
        object_id,
        valid_from,
        valid_to,
        employee_no,
        cast(least(sum(share) over upto - share, 1) as decimal(9, 6)) as share_from,
        cast(least(sum(share) over upto, 1) as decimal(9, 6)) as share_to
    from covered
    window upto as (
        partition by object_type, object_id, valid_from
        order by employee_no rows between unbounded preceding and current row
    )
),

remainders as (
    select object_type, object_id, valid_from, valid_to, max(share_to) as share_from
    from stacked
    group by object_type, object_id, valid_from, valid_to
    having max(share_to) < 1
)

select object_type, object_id, valid_from, valid_to, employee_no, share_from, share_to
from stacked
union all
select object_type, object_id, valid_from, valid_to, null, share_from, cast(1 as decimal(9, 6))
from remainders
