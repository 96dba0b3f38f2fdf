{#
    Facts of days: a build makes the days anew that rows landed in, or vanished from, since the last one, and leaves the
    others alone. A day is replaced whole, so what is gone from it goes from the mart, and an emptied day is emptied.

    The job (spark_jobs.changed_days) compares the Delta versions of the sources with those a mart was built from, reads
    the day columns of the files that differ, and passes each mart's days as literals in the variable build_days, by name:
    runs of [first, last]; a model that is not named is built of everything. Each model behind the marts is named with the
    days of all the marts that it is read for. It names no mart that is not there yet, where the SQL, a macro, a variable,
    a test or a seed behind it has changed, or where a source that tells no days (an ideal cycle, a machine) has changed;
    with --full-refresh it names none. dbt run without the job builds everything.

    Recipe
    1. In sources.yml, beside the source: which days its rows concern, by date or instant columns.
           config: {meta: {days: {start: starts_at, end: ends_at}}}
       end may be left out; where it is null the row reaches to the last day of `open_until: <schema>.<table>`. A day on
       either side is made anew as well (shifts over midnight, time zones): say `margin: 0` where that is not wanted.
       A row that holds until the next one of its kind (a counter's stand, a machine's state) says so:
           holds: {by: [meter_id], order: [sequence], told: [energy_kwh, counter_kwh], lasting: false}
       order: what orders the rows, time where it is left out; told: only rows that have one of these; lasting: the last
       row holds on. See spark_jobs.held_rows.
    2. The mart: a date column that is never null, by which it is partitioned.
           config(materialized='incremental', incremental_strategy='replace_days', day_column='shift_date',
                  partition_by=['shift_date'])
       and `where {{ in_days('shift_date') }}` in its SQL: the rows it gives must lie in these days. days_after: so many
       days after a changed one look back on it; always_day: the number of a day that is made anew with any other.
    3. Where a source is long, cut it at its scan, so that files are skipped: `where {{ near_days('starts_at') }}` on the
       instant as the source has it (no arithmetic on it), two days wider; of a lasting source `where
       {{ holds_near_days('<source>', 'timestamp') }}`, with the rows that hold from before. A model with such a cut holds the days of the build and no
       others: only marts of days may read it.

    Data tests look at the days that a build makes anew. A mart whose test fails is not noted as built, so the same days
    are made and tested again until they are in order; a new test, the first after a build without tests (untested), and
    --full-refresh see every day.
#}

{# The runs of days that a model is built for, none where it is built of everything. #}
{% macro days_of(name=none) %}{{ return(var('build_days', {}).get(name or model.name)) }}{% endmacro %}

{# Whether a model is built of everything. #}
{% macro builds_everything(name=none) %}{{ return(days_of(name) is none) }}{% endmacro %}

{# dbt asks this of an incremental model before all else. #}
{% macro should_full_refresh() %}
    {%- if config.get('incremental_strategy') == 'replace_days' -%} {{ return(builds_everything()) }} {%- endif -%}
    {%- if config.get('incremental_strategy') == 'replace_tails' -%} {{ return(spc_builds_everything()) }} {%- endif -%}
    {{ return(dbt.should_full_refresh()) }}
{% endmacro %}

{# Whether a date lies in the days of the build. #}
{% macro in_days(column, name=none) -%}
    {%- set days = days_of(name) -%}
    {%- if days is none -%} 1 = 1
    {%- elif not days -%} 1 = 0
    {%- else -%}
    (
    {%- for first, last in days %}
        {{- ' or ' if not loop.first }}{{ column }} between date '{{ first }}' and date '{{ last }}'
    {%- endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{# Whether an instant lies in the days of the build, two days wider, and further ahead where more is looked back on. #}
{% macro near_days(column, name=none, before=2) -%}
    {%- set days = days_of(name) -%}
    {%- if days is none -%} 1 = 1
    {%- elif not days -%} 1 = 0
    {%- else -%}
    (
    {%- for first, last in days %}
        {{- ' or ' if not loop.first }}({{ column }} >= {{ day_start(first, -before) }} and {{ column }} < {{ day_start(last, 3) }})
    {%- endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{# Whether an event that may still be open touches the days of the build, so much wider. #}
{% macro touches_days(start, end, before=2) -%}
    {%- set days = days_of() -%}
    {%- if days is none -%} 1 = 1
    {%- elif not days -%} 1 = 0
    {%- else -%}
    (
    {%- for first, last in days %}
        {{- ' or ' if not loop.first }}({{ start }} < {{ day_start(last, 3) }} and ({{ end }} is null or {{ end }} >= {{ day_start(first, -before) }}))
    {%- endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{# Whether an instant lies in or after the last days of the build, two days wider: what is known last is told there. #}
{% macro since_days(column) -%}
    {%- set days = days_of() -%}
    {%- if days is none -%} 1 = 1
    {%- elif not days -%} 1 = 0
    {%- else -%} {{ column }} >= {{ day_start(days[-1][0], -2) }}
    {%- endif -%}
{%- endmacro %}

{# As near_days, or whether at that instant a row of a lasting source was told that holds on the days of the source. #}
{% macro holds_near_days(source_name, column) -%}
    {%- set instants = var('reaching', {}).get(source_name, []) -%}
    ({{ near_days(column, source_name) }}
    {%- if instants %} or {{ column }} in (
    {%- for instant in instants %}{{ ', ' if not loop.first }}{{ instant_literal(instant) }}{% endfor -%}
    )
    {%- endif -%}
    )
{%- endmacro %}

{% macro day_start(day, add) -%}
    {{ utc_instant(modules.datetime.date.fromisoformat(day) + modules.datetime.timedelta(days=add)) }}
{%- endmacro %}

{#
    dbt asks this of each data test: of a mart of days it is given the days of the build, and so is the key of a source
    that has the column of its days in it, for no row of another day can have the same.
#}
{% macro default__get_where_subquery(relation) -%}
    {%- set tested = graph.nodes.get(model.attached_node) if execute else none -%}
    {%- set of_days = tested and tested.config.incremental_strategy == 'replace_days' and tested.name not in var('untested', []) -%}
    {%- if of_days and not builds_everything(tested.name) -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ in_days(tested.config.day_column, tested.name) ~ ') dbt_subquery') }}
    {%- endif -%}
    {%- set column = key_in_time() -%}
    {%- if column -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ column ~ ' is null or ' ~ near_days(column, dated_source()) ~ ') dbt_subquery') }}
    {%- endif -%}
    {{ return(dbt.default__get_where_subquery(relation)) }}
{%- endmacro %}

{# Address of the source that is tested, if it is read by day and all that is made of it was tested; nothing otherwise. #}
{% macro dated_source() %}
    {%- if execute and model.sources and not model.attached_node and not var('untested', []) -%}
        {%- set address = model.sources[0] | join('.') -%}
        {{ return(none if builds_everything(address) else address) }}
    {%- endif -%}
{% endmacro %}

{# The column that tells the days of the source that is tested, where it is an instant and of the key that is asked for. #}
{% macro key_in_time() %}
    {%- if dated_source() -%}
        {%- set meta = graph.sources[model.depends_on.nodes[0]].config.meta -%}
        {%- set start = meta.get('days', {}).get('start') -%}
        {{ return(start if start in model.test_metadata.kwargs.columns else none) }}
    {%- endif -%}
{% endmacro %}

{# dbt-spark knows its own strategies by name; these two macros of its are told of two more (the other: spc_tails.sql). #}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {%- if raw_strategy not in ('replace_days', 'replace_tails') -%}
        {{ return(dbt_spark.dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format)) }}
    {%- elif file_format != 'delta' -%}
        {%- do exceptions.raise_compiler_error(raw_strategy ~ " needs file_format delta") -%}
    {%- endif -%}
    {{ return(raw_strategy) }}
{% endmacro %}

{% macro dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) %}
    {%- if strategy == 'replace_days' -%}
        {%- if days_of() -%}
        insert into table {{ target }} replace where {{ in_days(config.require('day_column')) }}
        {{ days_from(source, target) }}
        {%- else -%} select 1 {%- endif -%}
    {%- elif strategy == 'replace_tails' -%}
        {{ spc_replace_tails(source, target) }}
    {%- else -%}
        {{ dbt_spark.dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) }}
    {%- endif -%}
{% endmacro %}

{# dbt-trino and others find a strategy by the name of its macro. Two commits: Trino's MERGE deletes no absent rows. #}
{% macro get_incremental_replace_days_sql(arg_dict) %}
    {%- if days_of() -%}
    {%- do run_query('delete from ' ~ arg_dict['target_relation'] ~ ' where ' ~ in_days(config.require('day_column'))) -%}
    insert into {{ arg_dict['target_relation'] }} ({{ arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') }})
    {{ days_from(arg_dict['temp_relation'], arg_dict['target_relation']) }}
    {%- else -%} select 1 {%- endif -%}
{% endmacro %}

{% macro days_from(source, target) -%}
    select {{ adapter.get_columns_in_relation(target) | map(attribute='quoted') | join(', ') }} from {{ source }}
{%- endmacro %}
