{#- Texts become typed values, or null where they are not what their kind says: never a guess, never a rounding.
    `reject_reason` names what was wrong with a text that became null. -#}
{% macro cast_text(kind, text) -%}
    {%- if kind == 'text' or kind == 'json' -%}
        {{ text }}
    {%- elif kind in ('integer', 'bigint') or kind.startswith('decimal') -%}
        case
            when try_cast({{ text }} as decimal(38, 9)) = try_cast({{ text }} as {{ kind }})
                then try_cast({{ text }} as {{ kind }})
        end
    {%- elif kind == 'boolean' -%}
        case
            when lower({{ text }}) in ('true', '1', 'yes', 'y', '是') then true
            when lower({{ text }}) in ('false', '0', 'no', 'n', '否') then false
        end
    {%- elif kind == 'date' -%}
        case
            when regexp_full_match({{ text }}, '\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?')
                then cast(try_cast({{ text }} as timestamp) as date)
        end
    {%- elif kind == 'instant' -%}
        case when {{ has_offset(text) }} then try_cast({{ text }} as timestamptz) end
    {%- elif kind == 'local_instant' -%}
        case
            when not {{ has_offset(text) }} then timezone('{{ var("timezone") }}', try_cast({{ text }} as timestamp))
        end
    {%- elif kind == 'utc_instant' -%}
        case when not {{ has_offset(text) }} then timezone('UTC', try_cast({{ text }} as timestamp)) end
    {%- elif kind == 'any_instant' -%}
        case
            when {{ has_offset(text) }} then try_cast({{ text }} as timestamptz)
            else timezone('{{ var("timezone") }}', try_cast({{ text }} as timestamp))
        end
    {%- elif kind == 'epoch' -%}
        case
            when try_cast({{ text }} as bigint) > 0 then to_timestamp(try_cast({{ text }} as bigint))
        end
    {%- elif kind == 'month' -%}
        case
            when regexp_full_match({{ text }}, '\d{4}-\d{2}') then try_cast({{ text }} || '-01' as date)
        end
    {%- elif kind.startswith('scale ') -%}
        case
            when try_cast({{ text }} as decimal(9, 4)) between {{ kind.split(' ')[1] }} and {{ kind.split(' ')[2] }}
                then try_cast({{ text }} as decimal(9, 4))
        end
    {%- elif kind.startswith('word ') -%}
        case {{ text }}
            {%- for pair in var(kind.split(' ')[1]) %}
            when '{{ pair.split("=")[0] }}' then '{{ pair.split("=")[1] }}'
            {%- endfor %}
        end
    {%- else -%}
        {{ exceptions.raise_compiler_error('unknown kind of field: ' ~ kind) }}
    {%- endif -%}
{%- endmacro %}

{% macro reject_reason(kind) -%}
    {%- set reasons = {
        'boolean': 'not a yes or no',
        'date': 'not a date YYYY-MM-DD',
        'instant': 'not a time with offset',
        'local_instant': 'not a local time without offset',
        'utc_instant': 'not a time of UTC without offset',
        'any_instant': 'not a time',
        'epoch': 'not seconds since 1970',
        'month': 'not a month YYYY-MM',
    } -%}
    {%- if kind.startswith('scale ') -%}
        not a number from {{ kind.split(' ')[1] }} to {{ kind.split(' ')[2] }}
    {%- elif kind.startswith('word ') -%}
        not one of {{ kind.split(' ')[1] }} (dbt_project.yml)
    {%- else -%}
        {{ reasons.get(kind, 'not a ' ~ kind) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether a text of a time says where on earth its clock stands. -#}
{% macro has_offset(text) -%}
    regexp_matches({{ text }}, '\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})$')
{%- endmacro %}
