{% set users_affected -%}
    select source_system || '|' || source_user_id from {{ changed(ref('int_identities__uses')) }}
    union all
    select source_system || '|' || source_user_id from {{ changed(ref('int_identities__employees')) }}
    union all
    select 'file_drop|' || employee_no from {{ changed(ref('int_employees__spells')) }}
    union all
    select uses.source_system || '|' || uses.source_user_id
    from {{ ref('int_identities__uses') }} as uses
    inner join {{ passed_days() }} on uses.used_on = passed_days.day
{%- endset %}
{{ affected_by('user_key', users_affected, "source_system || '|' || source_user_id") }}

with uses as (
    select * from {{ ref('int_identities__uses') }}
    -- a base or share of somebody who is still to come is nobody's lost work
    where used_on < {{ as_of_date() }} and {{ is_affected() }}
),

known as (
    select source_system, source_user_id, valid_from, valid_to from {{ ref('int_identities__employees') }}
    union all
    select distinct 'file_drop', employee_no, date '1900-01-01', date '9999-12-31'
    from {{ ref('int_employees__spells') }}
)

select
    uses.source_system,
    uses.source_user_id,
    min(uses.used_on) as first_seen_on,
    max(uses.used_on) as last_seen_on,
    count(*) as records,
    cast(coalesce(sum(uses.amount), 0) as decimal(38, 2)) as amount
from uses
left join known
    on
        uses.source_system = known.source_system
        and uses.source_user_id = known.source_user_id
        and uses.used_on >= known.valid_from
        and uses.used_on < known.valid_to
where known.source_user_id is null
group by uses.source_system, uses.source_user_id
