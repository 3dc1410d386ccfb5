-- One row per employee and unbroken interval in one seat, worked out backwards: the staff record says where somebody
-- sits now, each transfer says where they sat before it. A transfer dated after as_of has not moved the record yet.
with spells as (
    select * from {{ ref('int_employees__spells') }}
    where ended_on is null or hired_on < ended_on
),

transfers as (
    select * from {{ ref('stg_ihr360__transfers') }} where not is_deleted
),

-- two transfers of one day are one move: from where the first began to where the last ended
moves as (
    select
        transfers.staff_id,
        transfers.transferred_on,
        min_by(transfers.before_department_id, transfers.transfer_id) as before_organization_id,
        min_by(transfers.before_position_id, transfers.transfer_id) as before_position_id,
        max_by(transfers.after_department_id, transfers.transfer_id) as after_organization_id,
        max_by(transfers.after_position_id, transfers.transfer_id) as after_position_id
    from transfers
    inner join spells on transfers.staff_id = spells.staff_id
    where
        transfers.transferred_on > spells.hired_on
        and (spells.ended_on is null or transfers.transferred_on < spells.ended_on)
    group by transfers.staff_id, transfers.transferred_on
),

starts as (
    select staff_id, hired_on as started_on, null as after_organization_id, null as after_position_id
    from spells
    union all
    select staff_id, transferred_on, after_organization_id, after_position_id from moves
),

intervals as (
    select
        *,
        lead(started_on) over (partition by staff_id order by started_on) as next_started_on
    from starts
)

select
    spells.employee_no,
    intervals.started_on as valid_from,
    coalesce(intervals.next_started_on, spells.ended_on) as valid_to,
    case
        when moves.staff_id is not null then moves.before_organization_id
        when intervals.started_on > {{ as_of_date() }} then intervals.after_organization_id
        else spells.organization_id
    end as organization_id,
    case
        when moves.staff_id is not null then moves.before_position_id
        when intervals.started_on > {{ as_of_date() }} then coalesce(intervals.after_position_id, spells.position_id)
        else spells.position_id
    end as position_id,
    case when moves.staff_id is null then spells.superior_employee_no end as superior_employee_no
from intervals
inner join spells on intervals.staff_id = spells.staff_id
left join moves on intervals.staff_id = moves.staff_id and intervals.next_started_on = moves.transferred_on
