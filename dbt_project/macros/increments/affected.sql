{#- How a change of an input reaches the rows of a model that grows with history. A model says

        {{ affected_by('lead_id', "select lead_id from " ~ changed(ref('stg_zoho_crm__leads'))) }}

    once per kind of key: rows whose `lead_id` is found by the query are deleted and inserted whole. `expression` says how
    the key is told from the model's own columns where it is not one of them; `day` names a date column of query and
    model, so that only the days in question are looked at. Of several kinds a row needs to match one.

    `affected_days` is the same for dates, which are few: they reach the scans as literals. `{{ is_affected() }}`
    narrows an input early; it names columns that are called differently there: `is_affected(lead_id='leads.lead_id')`. -#}
{% macro affected_by(name, query, expression=none, day=none) -%}
/* affected by {{ name }} :: {{ expression or name }} :: {{ day or '' }} :: {{ query }} :: end */
{%- endmacro %}

{% macro affected_days(name, query, expression=none) -%}
/* affected days {{ name }} :: {{ expression or name }} ::  :: {{ query }} :: end */
{%- endmacro %}

{% macro is_affected() -%}
    true /* affected:
    {%- for name, column in kwargs.items() %} {{ name }} => {{ column }} ;;{% endfor %} */
{%- endmacro %}

{#- The rows that a model lost and gained since this one last looked (its columns, and `_is_new`). A table behind a view
    that this model reads is given by its name: the view makes it an input already. -#}
{% macro changed(relation) -%}
    changed({{ relation if relation is string else relation.identifier }})
{%- endmacro %}

{#- The days (`day`) between the business date of the last build and of this one. -#}
{% macro passed_days() -%}
    passed_days()
{%- endmacro %}

{#- A model of versions that are never rewritten: each build appends what its raw tables gained, told by `column`. -#}
{% macro appended_by(column) -%}
/* appended by {{ column }} :: end */
{%- endmacro %}

{% macro is_newer(column) -%}
    true /* newer: {{ column }} */
{%- endmacro %}

{#- What a model said: its kinds of key, the inputs covered, whether it grows at all. -#}
{% macro read_affected(sql) -%}
    {%- set kinds = [] -%}
    {%- set covered = [] -%}
    {%- set pattern = '(?s)/\\* affected (by|days) (\\w+) :: (.*?) :: (\\w*) ?:: (.*?) :: end \\*/' -%}
    {%- for sort, name, expression, day, query in modules.re.findall(pattern, sql) -%}
        {%- do kinds.append({'sort': sort, 'name': name, 'expression': expression, 'day': day, 'query': query}) -%}
        {%- for input in modules.re.findall('changed\\((\\w+)\\)', query) -%}{%- do covered.append(input) -%}{%- endfor -%}
        {%- if 'passed_days()' in query -%}{%- do covered.append('as_of') -%}{%- endif -%}
    {%- endfor -%}
    {%- set appended = modules.re.findall('/\\* appended by (\\w+) :: end \\*/', sql) -%}
    {{ return({
        'kinds': kinds, 'covered': covered, 'appended': appended[0] if appended else none,
        'grows': kinds | length > 0 or appended | length > 0,
    }) }}
{%- endmacro %}

{#- Whether all that changed since is covered by what the model said, and the logs still reach back to its last look. -#}
{% macro covers_changes(told, stamps, state) -%}
    {%- if told.appended -%}{{ return(true) }}{%- endif -%}
    {%- set uncovered = [] -%}
    {%- for input, stamp in stamps.texts.items() if state.seen.get(input) != stamp -%}
        {%- if input not in told.covered or input not in state.seen
            or (input in stamps.bases and (state.seen[input] | int) < (stamps.bases[input] | int)) -%}
            {%- do uncovered.append(input) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for input in state.seen if input not in stamps.texts -%}{%- do uncovered.append(input) -%}{%- endfor -%}
    {{ return(uncovered | length == 0) }}
{%- endmacro %}

{#- Works the queries out and gives the condition on the model's own columns that tells its affected rows. -#}
{% macro affected_condition(told, state) -%}
    {%- if not told.kinds -%}{{ return('true') }}{%- endif -%}
    {%- for kind in told.kinds -%}
        {%- do kind.update(found_by(kind, loop.index, state)) -%}
    {%- endfor -%}
    {{ return(condition_on(told, {})) }}
{%- endmacro %}

{% macro found_by(kind, number, state) -%}
    {%- set query = with_changes(kind.query, state) -%}
    {%- if kind.sort == 'days' -%}
        {#- islands of following days; a great many of them become one -#}
        {%- set rows = run_query(
            'with days as (select distinct cast(day_of.found as date) as day from (' ~ query ~ ') as day_of (found)'
            ~ ' where day_of.found is not null), numbered as (select day, day - cast(row_number() over (order by day)'
            ~ ' as integer) as island from days) select cast(min(day) as varchar), cast(max(day) as varchar)'
            ~ ' from numbered group by island order by min(day)'
        ).rows -%}
        {%- set ranges = [] -%}
        {%- for row in rows -%}{%- do ranges.append((row[0], row[1])) -%}{%- endfor -%}
        {{ return({'ranges': ranges if ranges | length <= 300 else [(ranges[0][0], ranges[-1][1])]}) }}
    {%- endif -%}
    {%- set keys = 'temp.' ~ this.identifier ~ '__affected_' ~ number -%}
    {%- set name = this.identifier ~ '__affected_' ~ number -%}
    {%- do run_query(
        'create or replace temp table ' ~ name ~ ' as select distinct * from (' ~ query ~ ') as found (key'
        ~ (', day' if kind.day) ~ ')'
    ) -%}
    {%- set found = run_query(
        'select count(*)' ~ (', cast(min(day) as varchar), cast(max(day) as varchar), count(*) - count(day)' if kind.day)
        ~ ' from ' ~ keys
    ).rows[0] -%}
    {%- set bounded = kind.day and found[1] and found[3] == 0 -%}
    {{ return({'found': keys, 'count': found[0], 'range': (found[1], found[2]) if bounded else none}) }}
{%- endmacro %}

{#- The condition where columns are called as `names` says; a place that cannot tell all kinds is not narrowed. -#}
{% macro condition_on(told, names) -%}
    {%- set parts = [] -%}
    {%- for kind in told.kinds -%}
        {%- set told_as = names.get(kind.name, kind.expression) -%}
        {%- set column = '(' ~ told_as ~ ')' if ' ' in told_as else told_as -%}
        {%- if kind.sort == 'days' -%}
            {%- for from, to in kind.ranges -%}
                {%- do parts.append(
                    column ~ " = date '" ~ from ~ "'" if from == to
                    else column ~ " between date '" ~ from ~ "' and date '" ~ to ~ "'"
                ) -%}
            {%- endfor -%}
        {%- elif kind.count > 0 -%}
            {%- set within = column ~ ' in (select key from ' ~ kind.found ~ ')' -%}
            {%- set day = names.get(kind.day, kind.day) -%}
            {%- do parts.append(
                '(' ~ within ~ ' and ' ~ day ~ " between date '" ~ kind.range[0] ~ "' and date '" ~ kind.range[1] ~ "')"
                if kind.range else within
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('(' ~ parts | join(' or ') ~ ')' if parts else 'false') }}
{%- endmacro %}

{#- The model's SQL with each place that `is_affected` or `is_newer` marked narrowed to what is affected. -#}
{% macro narrowed_sql(sql, told, state) -%}
    {%- set ns = namespace(sql=plain_sql(sql)) -%}
    {%- for mark, said in modules.re.findall('(?s)(true /\\* affected:(.*?) \\*/)', ns.sql) -%}
        {%- set names = {} -%}
        {%- for part in said.split(' ;;') if ' => ' in part -%}
            {%- do names.update({part.split(' => ')[0].strip(): part.split(' => ')[1].strip()}) -%}
        {%- endfor -%}
        {%- set ns.sql = ns.sql.replace(mark, condition_on(told, names)) -%}
    {%- endfor -%}
    {%- if told.appended -%}
        {%- for mark, column in modules.re.findall('(true /\\* newer: (\\w+) \\*/)', ns.sql) -%}
            {%- set ns.sql = ns.sql.replace(
                mark, column ~ ' > (select coalesce(max(' ~ told.appended ~ '), -1) from ' ~ this ~ ')'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(ns.sql) }}
{%- endmacro %}

{#- The model's SQL without what it said about changes. -#}
{% macro plain_sql(sql) -%}
    {{ return(modules.re.sub('(?s)/\\* (affected|appended) (by|days) .*? :: end \\*/', '', sql)) }}
{%- endmacro %}

{#- `changed(…)` and `passed_days()` as tables. -#}
{% macro with_changes(query, state) -%}
    {%- set ns = namespace(query=query) -%}
    {%- for input in modules.re.findall('changed\\((\\w+)\\)', query) | unique -%}
        {%- set ns.query = ns.query.replace(
            'changed(' ~ input ~ ')',
            '(select * from changes.' ~ input ~ ' where _version > ' ~ state.seen[input] ~ ') as ' ~ input ~ '_changes'
        ) -%}
    {%- endfor -%}
    {%- if 'passed_days()' in query -%}
        {%- set before = business_date("cast('" ~ state.seen['as_of'] ~ "' as timestamptz)") -%}
        {%- set ns.query = ns.query.replace(
            'passed_days()',
            '(select cast(unnest(generate_series(least(' ~ before ~ ', ' ~ as_of_date() ~ '), greatest(' ~ before ~ ', '
            ~ as_of_date() ~ "), interval 1 day)) as date) as day) as passed_days"
        ) -%}
    {%- endif -%}
    {{ return(ns.query) }}
{%- endmacro %}

{#- For models with one row per row of another one: what changed there, by `key`, is deleted and inserted. -#}
{% macro follows(relation, key='source_key') -%}
    {{ affected_by(key, 'select ' ~ key ~ ' from ' ~ changed(relation)) }}
{%- endmacro %}

{#- Every day of the months of some days, so that a month can be told by its first day or by any other. -#}
{% macro days_of_their_months(query) -%}
    select cast(unnest(generate_series(
        {{ month_start('of_months.day') }}, {{ add_months(month_start('of_months.day'), 1) }} - interval 1 day, interval 1 day
    )) as date)
    from (select distinct {{ month_start('found.day') }} as day from ({{ query }}) as found (day)) as of_months
    where of_months.day is not null
{%- endmacro %}
