-- One row per contact: numbers and e-mail addresses on file, each of which is checked and must be valid (F021).
with contacts as (
    select * from {{ ref('stg_zoho_crm__contacts') }} where not is_deleted
)

select
    contact_id,
    account_id,
    {{ business_date('created_at') }} as created_on,
    case when phone_hash is not null then 1 else 0 end
    + case when mobile_hash is not null then 1 else 0 end as number_count,
    case when phone_hash is not null and is_phone_valid then 1 else 0 end
    + case when mobile_hash is not null and is_mobile_valid then 1 else 0 end as valid_number_count,
    case when email_hash is not null then 1 else 0 end as email_count,
    case when email_hash is not null and is_email_valid then 1 else 0 end as valid_email_count
from contacts
where account_id is not null
