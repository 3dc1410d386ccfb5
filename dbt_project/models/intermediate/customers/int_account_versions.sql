-- One row per landed version of an account: how many of the checked fields (industry, headcount, demand preference) are
-- filled. Read from the landed versions for the same reason as owners are: a file corrected in November must not
-- make October's file correct. Versions are never rewritten, so each night appends what is new.
{{ appended_by('load_seq') }}

with versions as (
    select
        _key as account_id,
        _load_seq as load_seq,
        {{ json_texts('payload', ['Modified_Time', 'Industry', 'Employees', 'Demand_Preference']) }} as texts
    from {{ source('raw_zoho_crm', 'accounts') }}
    where
        not _is_deleted and {{ is_newer('_load_seq') }}
),

typed as (
    select
        account_id,
        load_seq,
        {{ business_date(cast_text('instant', 'texts[1]')) }} as modified_on,
        case when coalesce(trim(texts[2]), '') <> '' then 1 else 0 end
        + case when {{ cast_text('bigint', 'texts[3]') }} > 0 then 1 else 0 end
        + case when coalesce(trim(texts[4]), '') <> '' then 1 else 0 end as filled_field_count
    from versions
)

select account_id, load_seq, modified_on, filled_field_count
from typed
where modified_on is not null
