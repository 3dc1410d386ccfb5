{#- Instants and business dates. Every expression that depends on the dialect's calendar functions lives here. -#}

{#- The one instant that this build is about, as a timestamp with time zone. It comes by the environment and is looked up
    only when models run: a var that changes every night would have dbt parse the whole project every night. -#}
{% macro as_of() -%}
    {%- set instant = var('as_of', none) or (env_var('INCENTIVES_NIGHT', '') if execute else '') -%}
    {%- if execute and not instant -%}
        {{ exceptions.raise_compiler_error("no as_of: set INCENTIVES_NIGHT=2026-11-03T09:00:00+08:00 or pass --vars 'as_of: …'") }}
    {%- endif -%}
    cast('{{ instant or '1970-01-01T00:00:00+00:00' }}' as timestamptz)
{%- endmacro %}

{#- The same as text, to be remembered and compared. -#}
{% macro as_of_text() -%}
    {{ var('as_of', none) or env_var('INCENTIVES_NIGHT', '') }}
{%- endmacro %}

{#- The local date of as_of: everything before its midnight is a finished business day. -#}
{% macro as_of_date() -%}
    {{ business_date(as_of()) }}
{%- endmacro %}

{#- The date in the business zone on which an instant falls. -#}
{% macro business_date(instant) -%}
    cast(timezone('{{ var("timezone") }}', {{ instant }}) as date)
{%- endmacro %}

{#- The instant at which a business date begins. -#}
{% macro start_of_business_date(day) -%}
    timezone('{{ var("timezone") }}', cast({{ day }} as timestamp))
{%- endmacro %}

{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{% macro add_days(day, days) -%}
    cast({{ day }} + to_days(cast({{ days }} as integer)) as date)
{%- endmacro %}

{% macro add_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{#- The same day of the year before. -#}
{% macro year_before(day) -%}
    {{ add_months(day, -12) }}
{%- endmacro %}

{#- Whole days from one date to a later one (end exclusive). -#}
{% macro days_between(start, end) -%}
    date_diff('day', {{ start }}, {{ end }})
{%- endmacro %}

{#- Whole seconds between two instants. Hours are seconds over 3600, kept as numerator and denominator. -#}
{% macro seconds_between(start, end) -%}
    date_diff('second', {{ start }}, {{ end }})
{%- endmacro %}
