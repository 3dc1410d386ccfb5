{#- Days of `contributions` (fct_kpi_contributions) on which something happened whose record, credit or seat has changed.
    A record's day counts as it was and as it is. -#}
{% macro contribution_days(contributions) -%}
    {%- set days_of = [
        ('int_lead_events', 'occurred_on'), ('int_spend', 'occurred_on'),
        ('int_social_activity', 'occurred_on'), ('int_order_entries', 'occurred_on'),
        ('int_customer_orders', 'order_on'), ('int_crm_deals', 'closing_on'),
        ('int_opportunities', 'closed_on'), ('int_months', 'month_start'),
        ('int_customer_month_ends', 'measured_on'), ('int_policy_breaches', 'occurred_on'),
        ('int_policy_breaches', 'rectify_due_on'), ('int_product_inputs', 'submitted_on'),
        ('int_product_inputs', 'decided_on'), ('int_competitor_reports', 'discovered_on'),
        ('int_service_scores', 'answered_on'), ('int_exams', 'exam_on'),
        ('int_nps_responses', 'answered_on'), ('int_sales_satisfaction', 'counted_on'),
        ('int_brand_wave_states', 'measured_on'), ('int_material_requisitions', 'approved_on'),
        ('int_course_month_ends', 'measured_on'), ('int_site_months', 'measured_on'),
        ('int_site_forms', 'converted_on'),
    ] -%}
    {%- for name, day in days_of %}
    select {{ day }} from {{ changed(name) }}
    union all
    {%- endfor %}
    select events.occurred_on
    from {{ ref('int_lead_events') }} as events
    inner join {{ changed(ref('int_credits')) }}
        on int_credits_changes.record_type = 'lead' and events.lead_id = int_credits_changes.record_id
    union all
    select credited_on from {{ changed(ref('int_credits')) }} where record_type <> 'lead'
    union all
    select deals.closing_on
    from {{ ref('int_crm_deals') }} as deals
    inner join {{ changed(ref('int_crm_owners__employees')) }}
        on
            int_crm_owners__employees_changes.record_type = 'deal'
            and deals.deal_id = int_crm_owners__employees_changes.record_id
    union all
    select months.month_start
    from {{ ref('int_months') }} as months
    inner join {{ changed(ref('stg_file_drop__targets')) }} on months.period_id = stg_file_drop__targets_changes.period_id
    union all
    select {{ business_date('due_at') }} from {{ changed(ref('int_complaints')) }}
    union all
    select credited.occurred_on
    from {{ contributions }} as credited
    left join {{ ref('int_employees__assignments') }} as seats
        on
            credited.employee_no = seats.employee_no
            and credited.occurred_on >= seats.credit_from
            and credited.occurred_on < seats.credit_to
    where
        credited.employee_no in (select employee_no from {{ changed(ref('int_employees__assignments')) }})
        and (
            credited.department_id is distinct from seats.department_id
            or credited.team_id is distinct from case when seats.sits_in_team then seats.team_id end
        )
    union all
    select credited.occurred_on
    from {{ contributions }} as credited
    inner join {{ changed(ref('int_credit_shares')) }}
        on
            credited.source_system = 'matomo'
            and credited.occurred_on >= int_credit_shares_changes.valid_from
            and credited.occurred_on < int_credit_shares_changes.valid_to
{%- endmacro %}
