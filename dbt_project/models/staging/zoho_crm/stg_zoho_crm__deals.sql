{%- set is_won -%}stage in ({{ quoted_list(var('won_stages')) }}){%- endset %}
{%- set is_lost -%}stage in ({{ quoted_list(var('lost_stages')) }}){%- endset %}

{{ staged(
    source('raw_zoho_crm', 'deals'),
    fields={
        'deal_id': ['text', 'id', 'required'],
        'deal_name': ['text', 'Deal_Name'],
        'amount': ['decimal(18, 2)', 'Amount'],
        'stage': ['text', 'Stage', 'required'],
        'closing_on': ['date', 'Closing_Date'],
        'account_id': ['text', 'Account_Name/id'],
        'contact_id': ['text', 'Contact_Name/id'],
        'owner_user_id': ['text', 'Owner/id'],
        'lead_source': ['text', 'Lead_Source'],
        'deal_type': ['text', 'Type'],
        'originating_lead_id': ['text', 'Originating_Lead/id'],
        'created_at': ['instant', 'Created_Time', 'required'],
        'modified_at': ['instant', 'Modified_Time'],
    },
    derived={
        'is_won': is_won,
        'is_lost': is_lost,
    },
) }}
