-- One row per account and interval of business dates: its fields then. The earliest version known stretches back to the
-- beginning; of several versions of one day the last stands for the day.
{{ follows(ref('int_account_versions'), 'account_id') }}

with days as (
    select account_id, modified_on, max_by(filled_field_count, load_seq) as filled_field_count
    from {{ ref('int_account_versions') }}
    where {{ is_affected() }}
    group by account_id, modified_on
)

select
    account_id,
    filled_field_count,
    case
        when row_number() over (partition by account_id order by modified_on) = 1 then date '1900-01-01'
        else modified_on
    end as valid_from,
    coalesce(lead(modified_on) over (partition by account_id order by modified_on), date '9999-12-31') as valid_to
from days
