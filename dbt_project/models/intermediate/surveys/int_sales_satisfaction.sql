-- One row per rating of a marketing team's leads by a salesman. It counts in the month that is rated: on the day of the
-- answer where that lies in it, else on the month's nearest day.
{% set records_affected -%}
    select source_key from {{ changed(ref('stg_jiandaoyun__sales_satisfaction')) }}
    union all
    select known.source_key
    from {{ this }} as known
    inner join {{ changed(ref('int_identities__employees')) }}
        on
            int_identities__employees_changes.source_system = 'jiandaoyun'
            and known.source_user_id = int_identities__employees_changes.source_user_id
    union all
    select known.source_key
    from {{ this }} as known
    inner join {{ changed(ref('int_organizations__teams')) }}
        on known.rated_team_id = int_organizations__teams_changes.organization_id
{%- endset %}
{{ affected_by('source_key', records_affected) }}

with ratings as (
    select
        *,
        greatest(
            rated_month, least(answered_on, {{ add_days(add_months('rated_month', 1), -1) }})
        ) as counted_on
    from {{ ref('stg_jiandaoyun__sales_satisfaction') }}
    where not is_deleted and score is not null and {{ is_affected() }}
)

select
    ratings.source_key,
    ratings.load_id,
    ratings.employee_no as source_user_id,
    employees.employee_no as rater_employee_no,
    ratings.rated_team_id,
    teams.organization_id as team_id,
    teams.department_id,
    ratings.rated_month,
    ratings.answered_on,
    ratings.counted_on,
    ratings.score
from ratings
left join {{ ref('int_organizations__teams') }} as teams
    on ratings.rated_team_id = teams.organization_id and teams.is_team
left join {{ ref('int_identities__employees') }} as employees
    on
        employees.source_system = 'jiandaoyun'
        and ratings.employee_no = employees.source_user_id
        and ratings.answered_on >= employees.valid_from
        and ratings.answered_on < employees.valid_to
