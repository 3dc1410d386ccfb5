-- a record is a lead until it becomes an opportunity, under the same id; some opportunities never were leads
{%- set created_on -%}{{ business_date('created_at') }}{%- endset %}
{%- set is_opportunity -%}lead_type = 'opportunity'{%- endset %}

{{ staged(
    source('raw_odoo', 'leads'),
    fields={
        'lead_id': ['text', 'id', 'required'],
        'lead_type': ['text', 'type', 'required'],
        'active': ['boolean', 'active'],
        'stage': ['text', 'stage_id/name'],
        'owner_user_id': ['text', 'user_id/id'],
        'partner_id': ['text', 'partner_id/id'],
        'lead_source': ['text', 'source_id/name'],
        'campaign_id': ['text', 'campaign_id/name'],
        'company_name': ['text', 'partner_name'],
        'phone_hash': ['text', 'phone/hash'],
        'is_phone_valid': ['boolean', 'phone/valid'],
        'email_hash': ['text', 'email_from/hash'],
        'is_email_valid': ['boolean', 'email_from/valid'],
        'amount': ['decimal(18, 2)', 'expected_revenue'],
        'currency': ['text', 'company_currency/name'],
        'probability': ['decimal(9, 4)', 'probability'],
        'definition_event': ['text', 'x_definition_event'],
        'first_contact_at': ['utc_instant', 'x_first_contact_at'],
        'mql_at': ['utc_instant', 'x_mql_at'],
        'sql_at': ['utc_instant', 'x_sql_at'],
        'converted_at': ['utc_instant', 'date_conversion'],
        'closed_at': ['utc_instant', 'date_closed'],
        'renewal': ['boolean', 'x_is_renewal'],
        'created_at': ['utc_instant', 'create_date', 'required'],
        'modified_at': ['utc_instant', 'write_date'],
    },
    derived={
        'is_active': "coalesce(active, true)",
        'is_opportunity': is_opportunity,
        'is_lead': "lead_type = 'lead' or converted_at is not null",
        'is_won': "lead_type = 'opportunity' and coalesce(active, true) and coalesce(probability >= 100, false)",
        'is_lost': "lead_type = 'opportunity' and not coalesce(active, true)",
        'is_renewal': "coalesce(renewal, false)",
        'created_on': created_on,
    },
    hidden=['active', 'renewal', 'probability'],
) }}
