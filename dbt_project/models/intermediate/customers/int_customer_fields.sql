-- One row per account and contact-like record: fields checked and fields correct (F021). A number or e-mail address on file
-- is checked and must be valid; an account that nobody can be phoned at fails one check of its own.
with contacts as (
    select * from {{ ref('stg_zoho_crm__contacts') }} where not is_deleted
)

select
    account_id,
    {{ business_date('created_at') }} as created_on,
    case when phone_hash is not null then 1 else 0 end + case when mobile_hash is not null then 1 else 0 end as number_count,
    case when phone_hash is not null and is_phone_valid then 1 else 0 end
    + case when mobile_hash is not null and is_mobile_valid then 1 else 0 end as valid_number_count,
    case when email_hash is not null then 1 else 0 end as email_count,
    case when email_hash is not null and is_email_valid then 1 else 0 end as valid_email_count
from contacts
where account_id is not null
