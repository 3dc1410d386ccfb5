{#- No value is infinite or not a number. -#}
{% test finite(model, column_name) %}
select {{ column_name }}
from {{ model }}
where not isfinite(cast({{ column_name }} as double))
{% endtest %}
