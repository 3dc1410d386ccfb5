-- One row per version of a lead, account or deal: who owned it since when, by the CRM's own modification time. Read
-- from the landed versions, because a record that changes hands must not move what was credited before: staging
-- keeps the present owner only. Versions are never rewritten, so each night appends what is new.
{{ appended_by('load_seq') }}

{% set modified_at -%}
    case
        when is_naive_utc then {{ cast_text('utc_instant', 'texts[2]') }} else {{ cast_text('instant', 'texts[2]') }}
    end
{%- endset %}

with versions as (
    {% for record_type, system, stream, owner, modified in [
        ('lead', 'zoho_crm', 'leads', 'Owner/id', 'Modified_Time'),
        ('account', 'zoho_crm', 'accounts', 'Owner/id', 'Modified_Time'),
        ('deal', 'zoho_crm', 'deals', 'Owner/id', 'Modified_Time'),
        ('lead', 'odoo', 'leads', 'user_id/id', 'write_date'),
        ('account', 'odoo', 'partners', 'user_id/id', 'write_date'),
        ('deal', 'odoo', 'leads', 'user_id/id', 'write_date'),
    ] %}
        select
            '{{ record_type }}' as record_type,
            _key as record_id,
            _load_seq as load_seq,
            {{ json_texts('payload', [owner, modified]) }} as texts,
            '{{ system }}' = 'odoo' as is_naive_utc
        from {{ source('raw_' ~ system, stream) }}
        where
            not _is_deleted and {{ is_newer('_load_seq') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

typed as (
    select
        record_type,
        record_id,
        load_seq,
        texts[1] as owner_user_id,
        {{ business_date(modified_at) }} as modified_on
    from versions
)

select record_type, record_id, load_seq, owner_user_id, modified_on
from typed
where owner_user_id is not null and modified_on is not null
