-- One row per landed version of a contact: numbers and e-mail addresses on file, each of which is checked and must be
-- valid (F021). Validity was judged before the values themselves were replaced by hashes.
{{ appended_by('load_seq') }}

with versions as (
    select
        _key as contact_id,
        _load_seq as load_seq,
        {{ json_texts('payload', [
            'Modified_Time', 'Account_Name/id', 'Phone/hash', 'Phone/valid', 'Mobile/hash', 'Mobile/valid', 'Email/hash',
            'Email/valid',
        ]) }} as texts
    from {{ source('raw_zoho_crm', 'contacts') }}
    where
        not _is_deleted and {{ is_newer('_load_seq') }}
),

typed as (
    select
        contact_id,
        load_seq,
        {{ business_date(cast_text('instant', 'texts[1]')) }} as modified_on,
        texts[2] as account_id,
        case when texts[3] is not null then 1 else 0 end + case when texts[5] is not null then 1 else 0 end
            as number_count,
        case when texts[4] = 'true' then 1 else 0 end + case when texts[6] = 'true' then 1 else 0 end
            as valid_number_count,
        case when texts[7] is not null then 1 else 0 end as email_count,
        case when texts[8] = 'true' then 1 else 0 end as valid_email_count
    from versions
)

select contact_id, load_seq, modified_on, account_id, number_count, valid_number_count, email_count, valid_email_count
from typed
where modified_on is not null
