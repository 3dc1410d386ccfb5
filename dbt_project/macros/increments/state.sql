{#- What is remembered between builds. `increments.models`: the version of each table, and `base`, before which its log
    does not reach. `increments.seen`: what each model had seen of its inputs when it was last built. -#}
{% macro ensure_increments() -%}
    create schema if not exists changes;
    create schema if not exists increments;
    create table if not exists increments.models (
        model varchar not null, definition varchar not null, version bigint not null, base bigint not null
    );
    create table if not exists increments.seen (model varchar not null, input varchar not null, stamp varchar not null);
{%- endmacro %}

{% macro increment_state() -%}
    {%- set rows = run_query(
        "select definition, version, base from increments.models where model = '" ~ model.name ~ "'"
    ).rows -%}
    {%- set seen = {} -%}
    {%- for row in run_query("select input, stamp from increments.seen where model = '" ~ model.name ~ "'").rows -%}
        {%- do seen.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return({
        'definition': rows[0][0] if rows else '', 'version': rows[0][1] | int if rows else 0,
        'base': rows[0][2] | int if rows else 0, 'seen': seen,
    }) }}
{%- endmacro %}

{#- What makes the model what it is, apart from the night: SQL, agreed columns and the texts of the views it reads. -#}
{% macro definition_of(sql) -%}
    {%- set parts = [sql | replace(as_of(), 'as_of')] -%}
    {%- for column in model.columns.values() -%}
        {%- do parts.append(column.name ~ ' ' ~ (column.data_type or '')) -%}
    {%- endfor -%}
    {{ return(local_md5(parts | join('\n'))) }}
{%- endmacro %}

{#- One text per input that changes when the input does: a version, a fingerprint of a small table, a view's SQL. -#}
{% macro input_stamps(sql) -%}
    {%- set inputs = {} -%}
    {%- do collect_inputs(model.unique_id, inputs) -%}
    {%- set texts = {} -%}
    {%- set bases = {} -%}
    {%- set queries = [] -%}
    {%- for name, input in inputs.items() -%}
        {%- if input.sort == 'versioned' -%}
            {%- do queries.append(
                "select '" ~ name ~ "', cast(version as varchar), cast(base as varchar) from increments.models"
                ~ " where model = '" ~ name ~ "'"
            ) -%}
        {%- elif input.sort == 'small' -%}
            {%- do queries.append(
                "select '" ~ name ~ "', cast(count(*) as varchar) || ':' || cast(coalesce(sum(cast(hash(rows_of)"
                ~ " as hugeint)), 0) as varchar), null from " ~ input.relation ~ " as rows_of"
            ) -%}
        {%- elif input.sort == 'view' -%}
            {%- do queries.append(
                "select '" ~ name ~ "', md5(sql), null from duckdb_views() where schema_name || '.' || view_name = '"
                ~ input.relation ~ "'"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if queries -%}
        {%- for row in run_query(queries | join(' union all ')).rows -%}
            {%- do texts.update({row[0]: row[1]}) -%}
            {%- if row[2] is not none -%}{%- do bases.update({row[0]: row[2]}) -%}{%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if as_of() in sql or 'passed_days()' in sql -%}{%- do texts.update({'as_of': as_of_text()}) -%}{%- endif -%}
    {{ return({'texts': texts, 'bases': bases}) }}
{%- endmacro %}

{#- All tables that a model's SQL reads, also through views. Raw tables only grow: models on them ask by themselves. -#}
{% macro collect_inputs(unique_id, inputs) -%}
    {%- for parent in graph.nodes[unique_id].depends_on.nodes -%}
        {%- if parent in graph.sources -%}
            {%- set found = graph.sources[parent] -%}
            {%- if not found.schema.startswith('raw_') -%}
                {%- set name = found.schema ~ '.' ~ found.identifier -%}
                {%- do inputs.update({name: {'sort': 'small', 'relation': name}}) -%}
            {%- endif -%}
        {%- else -%}
            {%- set found = graph.nodes[parent] -%}
            {%- set relation = found.schema ~ '.' ~ found.alias -%}
            {%- if found.resource_type == 'seed' -%}
                {%- do inputs.update({found.name: {'sort': 'small', 'relation': relation}}) -%}
            {%- elif found.config.materialized == 'view' -%}
                {%- do inputs.update({found.name: {'sort': 'view', 'relation': relation}}) -%}
                {%- do collect_inputs(parent, inputs) -%}
            {%- else -%}
                {%- do inputs.update({found.name: {'sort': 'versioned', 'relation': relation}}) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Logs are kept for a number of versions, so that a model that was not built for some nights can still follow. -#}
{% macro remember_increment(definition, outcome, stamps, state) -%}
    {%- set kept_versions = 8 -%}
    {%- set base = [outcome.base, outcome.version - kept_versions] | max -%}
    {% call statement('remember') -%}
        {% if outcome.changed -%}
        delete from changes.{{ this.identifier }} where _version <= {{ base }};
        delete from increments.models where model = '{{ model.name }}';
        insert into increments.models
        values ('{{ model.name }}', '{{ definition }}', {{ outcome.version }}, {{ base }});
        {%- endif %}
        {% if stamps.texts != state.seen or outcome.changed -%}
        delete from increments.seen where model = '{{ model.name }}';
        {%- for input, stamp in stamps.texts.items() %}
        insert into increments.seen values ('{{ model.name }}', '{{ input }}', '{{ stamp }}');
        {%- endfor %}
        {%- else -%}
        select 1
        {%- endif %}
    {%- endcall %}
{%- endmacro %}
