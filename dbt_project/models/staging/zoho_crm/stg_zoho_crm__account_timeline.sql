{%- set audited_on -%}{{ business_date('audited_at') }}{%- endset %}
{%- set field_names -%}{{ json_list('history', 'api_name') }}{%- endset %}

{{ staged(
    source('raw_zoho_crm', 'account_timeline'),
    fields={
        'timeline_id': ['text', 'id', 'required'],
        'account_id': ['text', 'account_id', 'required'],
        'audited_at': ['instant', 'audited_time', 'required'],
        'action': ['text', 'action'],
        'done_by_user_id': ['text', 'done_by/id'],
        'history': ['json', 'field_history'],
    },
    derived={
        'audited_on': audited_on,
        'field_names': field_names,
    },
    hidden=['history'],
) }}
