-- One row per metric, grain, subject and period with a target in the feed.
{% set target_key = "metric_id || '|' || grain || '|' || subject_id || '|' || period_id" -%}
{{ affected_by('target', 'select ' ~ target_key ~ ' from ' ~ changed(ref('stg_file_drop__targets')), target_key) }}

select metric_id, grain, subject_id, period_id, cast(target as decimal(38, 6)) as target
from {{ ref('stg_file_drop__targets') }}
where not is_deleted and {{ is_affected() }}
