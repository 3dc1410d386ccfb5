{%- set created_on -%}{{ business_date('created_at') }}{%- endset %}
{%- set is_countable -%}coalesce(clue_source not in ({{ var('uncountable_clue_sources') | join(', ') }}), true){%- endset %}

{{ staged(
    source('raw_oceanengine', 'clues'),
    fields={
        'clue_id': ['text', 'clue_id', 'required'],
        'advertiser_id': ['text', 'advertiser_id', 'required'],
        'promotion_id': ['text', 'promotion_id'],
        'clue_type': ['integer', 'clue_type'],
        'clue_source': ['integer', 'clue_source'],
        'created_at': ['local_instant', 'create_time_detail', 'required'],
        'phone_hash': ['text', 'telephone/hash'],
        'is_phone_valid': ['boolean', 'telephone/valid'],
        'clue_state': ['text', 'clue_state'],
        'convert_status': ['text', 'convert_status'],
    },
    derived={
        'created_on': created_on,
        'is_countable': is_countable,
    },
    nothing=['-'],
) }}
