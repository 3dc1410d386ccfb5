{#- A staging model: the latest version of each natural key since the last build, renamed and cast.

    fields   column -> [kind, path] or [kind, path, 'required']; kinds in cast_text.sql, paths in json_texts.sql
    derived  column -> SQL over the typed columns (and `<column>__text`, the text as sent)
    landed_columns  the paths are typed columns of the raw table instead of fields of its JSON
    nothing  texts that mean "no value", besides the empty one
    hidden   fields that only `derived` needs

    Behind the agreed columns come `reject_reasons` ("column: reason; …", empty for a good row) and `reject_payload`,
    which the materialization takes off: a row with a reason goes to staging_rejects, and never into the model. -#}
{% macro staged(relation, fields, derived={}, landed_columns=false, nothing=[], hidden=[]) -%}
with versions as (
    {{ latest_versions(relation) }}
),

texts as (
    select
        _key,
        _load_id,
        _load_seq,
        _is_deleted,
        _extracted_at,
        payload,
        {% if landed_columns -%}
        [{% for column, field in fields.items() %}cast("{{ field[1] }}" as varchar){{ ', ' if not loop.last }}{% endfor %}]
        {%- else -%}
        {{ json_texts('payload', fields.values() | map(attribute=1)) }}
        {%- endif %} as texts
    from versions
),

named as (
    select
        _key,
        _load_id,
        _load_seq,
        _is_deleted,
        _extracted_at,
        payload,
        {%- for column in fields %}
        {{ text_or_nothing('texts[' ~ loop.index ~ ']', nothing) }} as {{ column }}__text{{ ',' if not loop.last }}
        {%- endfor %}
    from texts
),

typed as (
    select
        *,
        {%- for column, field in fields.items() %}
        {{ cast_text(field[0], column ~ '__text') }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from named
)

select
    {%- for column in fields if column not in hidden %}
    {{ column }},
    {%- endfor %}
    {%- for column, expression in derived.items() %}
    {{ expression }} as {{ column }},
    {%- endfor %}
    _key as source_key,
    _load_id as load_id,
    _load_seq as load_seq,
    _is_deleted as is_deleted,
    _extracted_at as extracted_at,
    concat_ws(
        '; ',
        case when _key like 'no key: %' then '_key: a part of the natural key is missing' end
        {%- for column, field in fields.items() %}
        {%- if field[0] not in ('text', 'json') %},
        case when {{ column }}__text is not null and {{ column }} is null then '{{ column }}: {{ reject_reason(field[0]) }}' end
        {%- endif %}
        {%- if 'required' in field[2:] %},
        case when {{ column }}__text is null then '{{ column }}: missing' end
        {%- endif %}
        {%- endfor %}
    ) as reject_reasons,
    payload as reject_payload
from typed
{%- endmacro %}

{% macro text_or_nothing(text, nothing) -%}
    {%- set ns = namespace(sql="nullif(trim(" ~ text ~ "), '')") -%}
    {%- for word in nothing -%}
        {%- set ns.sql = "nullif(" ~ ns.sql ~ ", '" ~ word ~ "')" -%}
    {%- endfor -%}
    {{ ns.sql }}
{%- endmacro %}

{#- The latest version of each key among the rows loaded since the last build of this model. -#}
{% macro latest_versions(relation) -%}
    {%- set through = staged_through().load_seq -%}
    select raw.*
    from {{ relation }} as raw
    inner join (
        select _key, max(_load_seq) as _load_seq
        from {{ relation }}
        where {{ only_newer_than(through) }}
        group by _key
    ) as latest
        on raw._key = latest._key and raw._load_seq = latest._load_seq
    where {{ only_newer_than(through, 'raw.') }}
{%- endmacro %}
