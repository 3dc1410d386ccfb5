-- One row per account of a source system and elementary interval: whose account it was. Intervals without an
-- employee have no row. Of two candidates the feed wins, then the later start.
with candidates as (
    select * from {{ ref('int_identities__candidates') }} where valid_from < valid_to
),

boundaries as (
    select source_system, source_user_id, valid_from as boundary_on from candidates
    union
    select source_system, source_user_id, valid_to from candidates
),

elementary as (
    select
        source_system,
        source_user_id,
        boundary_on as valid_from,
        lead(boundary_on) over (partition by source_system, source_user_id order by boundary_on) as valid_to
    from boundaries
),

ranked as (
    select
        elementary.source_system,
        elementary.source_user_id,
        candidates.employee_no,
        elementary.valid_from,
        elementary.valid_to,
        row_number() over (
            partition by elementary.source_system, elementary.source_user_id, elementary.valid_from
            order by candidates.priority desc, candidates.valid_from desc, candidates.employee_no asc
        ) as rank_no
    from elementary
    inner join candidates
        on
            elementary.source_system = candidates.source_system
            and elementary.source_user_id = candidates.source_user_id
            and elementary.valid_from >= candidates.valid_from
            and elementary.valid_to <= candidates.valid_to
)

select source_system, source_user_id, employee_no, valid_from, valid_to
from ranked
where rank_no = 1
