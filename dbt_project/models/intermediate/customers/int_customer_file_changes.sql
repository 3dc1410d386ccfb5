-- One row per account, business date and field of the customer file that was changed. Entries that touch only the
-- owner or an ERP number are no care for the file (F020).
{{ follows(ref('stg_zoho_crm__account_timeline'), 'account_id') }}

with entries as (
    select timeline.account_id, timeline.audited_on, touched.field_name
    from {{ ref('stg_zoho_crm__account_timeline') }} as timeline
    cross join unnest(timeline.field_names) as touched (field_name)
    where
        not timeline.is_deleted and timeline.action = 'updated'
        and {{ is_affected(account_id='timeline.account_id') }}
)

select distinct entries.account_id, entries.audited_on as changed_on, entries.field_name
from entries
inner join {{ ref('customer_file_fields') }} as fields on entries.field_name = fields.field_name
