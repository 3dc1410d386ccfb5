-- One row per living contact and interval of business dates: what stood in it then, from the day it was created.
{% set contacts_affected -%}
    select contact_id from {{ changed(ref('int_contact_versions')) }}
    union all
    select contact_id from {{ changed(ref('stg_zoho_crm__contacts')) }}
{%- endset %}
{{ affected_by('contact_id', contacts_affected) }}

with ranked as (
    select
        *,
        row_number() over (partition by contact_id, modified_on order by load_seq desc) as recency
    from {{ ref('int_contact_versions') }}
    where {{ is_affected() }}
),

intervals as (
    select
        *,
        row_number() over (partition by contact_id order by modified_on) as state_no,
        lead(modified_on) over (partition by contact_id order by modified_on) as next_modified_on
    from ranked
    where recency = 1
),

contacts as (
    select contact_id, {{ business_date('created_at') }} as created_on
    from {{ ref('stg_zoho_crm__contacts') }}
    where not is_deleted and {{ is_affected() }}
)

select
    intervals.contact_id,
    intervals.account_id,
    case when intervals.state_no = 1 then contacts.created_on else intervals.modified_on end as valid_from,
    coalesce(intervals.next_modified_on, date '9999-12-31') as valid_to,
    intervals.number_count,
    intervals.valid_number_count,
    intervals.email_count,
    intervals.valid_email_count
from intervals
inner join contacts on intervals.contact_id = contacts.contact_id
where intervals.account_id is not null
