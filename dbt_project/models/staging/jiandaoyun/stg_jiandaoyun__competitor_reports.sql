{%- set covers -%}list_contains({{ json_words('covers') }}, {%- endset %}

{{ staged(
    source('raw_jiandaoyun', 'competitor_reports'),
    fields={
        'record_id': ['text', '_id', 'required'],
        'report_no': ['text', 'report_id'],
        'employee_no': ['text', 'employee/username', 'required'],
        'discovered_at': ['instant', 'discovered_at', 'required'],
        'submitted_at': ['instant', 'submitted_at'],
        'covers': ['json', 'covers'],
        'quality_score': ['decimal(9, 4)', 'quality_score'],
    },
    derived={
        'report_id': 'coalesce(report_no, record_id)',
        'has_features': covers ~ "'" ~ var('report_parts')[0] ~ "')",
        'has_users': covers ~ "'" ~ var('report_parts')[1] ~ "')",
        'has_impact': covers ~ "'" ~ var('report_parts')[2] ~ "')",
        'has_advice': covers ~ "'" ~ var('report_parts')[3] ~ "')",
    },
    hidden=['record_id', 'report_no', 'covers'],
) }}
