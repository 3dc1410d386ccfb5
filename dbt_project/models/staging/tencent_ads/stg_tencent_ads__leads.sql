{%- set created_on -%}{{ business_date('created_at') }}{%- endset %}

{{ staged(
    source('raw_tencent_ads', 'leads'),
    fields={
        'leads_id': ['text', 'leads_id', 'required'],
        'account_id': ['text', 'account_id', 'required'],
        'adgroup_id': ['text', 'adgroup_id'],
        'adgroup_name': ['text', 'adgroup_name'],
        'click_id': ['text', 'click_id'],
        'leads_type': ['text', 'leads_type'],
        'leads_source': ['text', 'leads_source'],
        'follow_tag': ['text', 'leads_follow_tag'],
        'ineffect_reason': ['text', 'outer_leads_ineffect_reason'],
        'created_at': ['local_instant', 'leads_create_time', 'required'],
        'phone_hash': ['text', 'leads_telephone/hash'],
        'is_phone_valid': ['boolean', 'leads_telephone/valid'],
    },
    derived={'created_on': created_on},
) }}
