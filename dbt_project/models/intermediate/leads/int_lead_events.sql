-- One row per countable lead and thing that happened to it, on its own business date (event basis). Two events carry
-- a condition so that a rate cannot count a lead its denominator never saw.
with leads as (
    select * from {{ ref('int_leads__milestones') }} where is_countable
)

select lead_id, source_key, load_id, owner_employee_no, 'created' as event, created_on as occurred_on, cast(null as decimal(18, 2)) as amount
from leads
union all
select lead_id, source_key, load_id, owner_employee_no, 'contacted', first_contact_on, null
from leads where first_contact_on is not null
union all
select lead_id, source_key, load_id, owner_employee_no, 'mql', mql_on, null
from leads where mql_on is not null
union all
select lead_id, source_key, load_id, owner_employee_no, 'sql', sql_on, null
from leads where sql_on is not null
union all
select lead_id, source_key, load_id, owner_employee_no, 'sql_after_mql', sql_on, null
from leads where sql_on is not null and mql_on is not null
union all
select lead_id, source_key, load_id, owner_employee_no, 'won', won_on, won_amount
from leads where won_on is not null
union all
select lead_id, source_key, load_id, owner_employee_no, 'won_after_sql', won_on, won_amount
from leads where won_on is not null and sql_on is not null
