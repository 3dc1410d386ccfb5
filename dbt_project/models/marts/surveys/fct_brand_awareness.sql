select
    month_start,
    measured_on,
    wave,
    cast(answers_count as bigint) as answers_count,
    cast(aware_count as bigint) as aware_count,
    wave_before,
    cast(answers_before_count as bigint) as answers_before_count,
    cast(aware_before_count as bigint) as aware_before_count,
    load_id
from {{ ref('int_brand_wave_states') }}
