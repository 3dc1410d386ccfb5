with forms as (
    select site_id, {{ month_start('converted_on') }} as month_start, sum(conversions) as conversions
    from {{ ref('int_site_forms') }}
    group by site_id, {{ month_start('converted_on') }}
)

select
    months.site_id,
    months.month_start,
    months.measured_on,
    months.is_over,
    months.visits,
    months.visitors,
    months.visitors_year_before,
    months.actions,
    cast(coalesce(forms.conversions, 0) as bigint) as form_conversions,
    'matomo' as source_system,
    'visits_by_month' as source_stream,
    months.source_key,
    months.load_id
from {{ ref('int_site_months') }} as months
left join forms on months.site_id = forms.site_id and months.month_start = forms.month_start
