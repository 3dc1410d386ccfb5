{{ staged(
    source('raw_zoho_crm', 'calls'),
    fields={
        'call_id': ['text', 'id', 'required'],
        'lead_id': ['text', 'Who_Id/id'],
        'owner_user_id': ['text', 'Owner/id'],
        'call_started_at': ['instant', 'Call_Start_Time'],
        'call_result': ['text', 'Call_Result'],
        'created_at': ['instant', 'Created_Time', 'required'],
    },
) }}
