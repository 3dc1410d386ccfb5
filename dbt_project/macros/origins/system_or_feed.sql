{#- One register out of the two places that may keep it: a system, and the feed that stands in for it.

    The system wins on the days it knows, from its first record through what it was last read to. Before and after, the
    feed counts: years before the system was introduced, and whatever comes once it is switched off. Whom a record
    names is found like any other account (int_identities__employees); `employee_no` is null where nobody is.

    columns   columns that both staging models have, under the same names
    day       business date of a record, which decides who knows it and whose the account was
    person    column with the account of the person -#}
{% macro system_or_feed(system, stream, columns, day, person='employee_no', feed=none) -%}
{{ affected_by('source_key', register_changes(system, stream, day, feed or stream)) }}
with system as (
    {{ register_of(system, stream, columns, day, person) }}
),

feed as (
    {{ register_of('file_drop', feed or stream, columns, day, person) }}
),

known as (
    select
        (select min(known_on) from system) as first_on,
        (
            select {{ business_date('complete_through') }}
            from {{ ref('int_kpi_stream_progress') }}
            where stream_id = '{{ system }}.{{ stream }}'
        ) as known_to
),

records as (
    select * from system where {{ is_affected() }}
    union all
    select feed.*
    from feed
    cross join known
    where
        (known.first_on is null or feed.known_on < known.first_on or feed.known_on >= known.known_to)
        and {{ is_affected(source_key='feed.source_key') }}
)

select
    records.source_system,
    records.source_stream,
    records.source_key,
    records.load_id,
    records.source_user_id,
    employees.employee_no,
    {%- for column in columns %}
    records.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from records
left join {{ ref('int_identities__employees') }} as employees
    on
        records.source_system = employees.source_system
        and records.source_user_id = employees.source_user_id
        and records.known_on >= employees.valid_from
        and records.known_on < employees.valid_to
{%- endmacro %}

{#- What changed: records, accounts of people, and records of the feed on days that the system came to know or to lose. -#}
{% macro register_changes(system, stream, day, feed) -%}
    {%- set progress = ref('int_kpi_stream_progress') -%}
    {%- set system_records = ref('stg_' ~ system ~ '__' ~ stream) -%}
    {%- set feed_records = ref('stg_file_drop__' ~ feed) -%}
    with known as (
        select
            (select min({{ day }}) from {{ system_records }} where not is_deleted) as first_on,
            (
                select {{ business_date('complete_through') }} from {{ progress }}
                where stream_id = '{{ system }}.{{ stream }}'
            ) as known_to
    )

    select source_key from {{ changed(system_records) }}
    union all
    select source_key from {{ changed(feed_records) }}
    union all
    select present.source_key
    from {{ this }} as present
    inner join {{ changed(ref('int_identities__employees')) }}
        on
            present.source_system = int_identities__employees_changes.source_system
            and present.source_user_id = int_identities__employees_changes.source_user_id
    union all
    select records.source_key
    from (select source_key, {{ day }} as known_on from {{ feed_records }} where not is_deleted) as records
    cross join known
    left join {{ this }} as present
        on records.source_key = present.source_key and present.source_system = 'file_drop'
    where
        (
            exists (select 1 from {{ changed(progress) }}) or exists (select 1 from {{ changed(system_records) }})
        )
        and coalesce(
            known.first_on is null or records.known_on < known.first_on or records.known_on >= known.known_to, false
        ) <> (present.source_key is not null)
{%- endmacro %}

{% macro register_of(system, stream, columns, day, person) -%}
    select
        '{{ system }}' as source_system,
        '{{ stream }}' as source_stream,
        source_key,
        load_id,
        {{ person }} as source_user_id,
        {{ day }} as known_on,
        {%- for column in columns %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_' ~ system ~ '__' ~ stream) }}
    where not is_deleted
{%- endmacro %}
