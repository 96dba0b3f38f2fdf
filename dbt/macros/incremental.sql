{#
    Facts of days: a build makes the days anew that rows landed in, or vanished from, since the last one, and leaves the
    others alone. A day is replaced whole, so what is gone from it goes from the mart, and an emptied day is emptied.

    The job (spark_jobs.changed_days) compares the Delta versions of the sources with those a mart was built from, reads
    the day columns of the files that differ, and passes the days as literals in the variable build_days: runs of
    [first, last], or nothing, which means everything. It passes nothing where a mart is not there yet, where the SQL,
    a macro, a variable or a seed behind it has changed, where a source that tells no days (an ideal cycle, a machine)
    has changed, or with --full-refresh. dbt run without the job builds everything. All incremental marts of a build
    are of the same days.

    Recipe
    1. In sources.yml, beside the source: which days its rows concern, by date or instant columns.
           config: {meta: {days: {start: starts_at, end: ends_at}}}
       end may be left out; where it is null the row reaches to the last day of `open_until: <schema>.<table>`. A day on
       either side is made anew as well (shifts over midnight, time zones): say `margin: 0` where that is not wanted.
    2. The mart: a date column that is never null, by which it is partitioned.
           config(materialized='incremental', incremental_strategy='replace_days', day_column='shift_date',
                  partition_by=['shift_date'])
       and `where {{ in_days('shift_date') }}` in its SQL: the rows it gives must lie in these days.
    3. Where a source is long, cut it at its scan, so that files are skipped: `where {{ near_days('starts_at') }}` on the
       instant as the source has it (no arithmetic on it), two days wider. A model with such a cut holds the days of the
       build and no others: only marts of days may read it.
#}

{# Whether the build is of everything. #}
{% macro builds_everything() %}{{ return(flags.FULL_REFRESH or var('build_days', none) is none) }}{% endmacro %}

{# dbt asks this of an incremental model before all else. #}
{% macro should_full_refresh() %}
    {%- if config.get('incremental_strategy') == 'replace_days' -%} {{ return(builds_everything()) }} {%- endif -%}
    {{ return(dbt.should_full_refresh()) }}
{% endmacro %}

{# Whether a date lies in the days of the build. #}
{% macro in_days(column) -%}
    {%- if builds_everything() -%} 1 = 1
    {%- elif not var('build_days') -%} 1 = 0
    {%- else -%}
    (
    {%- for first, last in var('build_days') %}
        {{- ' or ' if not loop.first }}{{ column }} between date '{{ first }}' and date '{{ last }}'
    {%- endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{# Whether an instant lies in the days of the build or in the two on either side. #}
{% macro near_days(column) -%}
    {%- if builds_everything() -%} 1 = 1
    {%- elif not var('build_days') -%} 1 = 0
    {%- else -%}
    (
    {%- for first, last in var('build_days') %}
        {{- ' or ' if not loop.first }}({{ column }} >= {{ day_start(first, -2) }} and {{ column }} < {{ day_start(last, 3) }})
    {%- endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{# Whether an event that may still be open touches the days of the build or the two on either side. #}
{% macro touches_days(start, end) -%}
    {%- if builds_everything() -%} 1 = 1
    {%- elif not var('build_days') -%} 1 = 0
    {%- else -%}
    (
    {%- for first, last in var('build_days') %}
        {{- ' or ' if not loop.first }}({{ start }} < {{ day_start(last, 3) }} and ({{ end }} is null or {{ end }} >= {{ day_start(first, -2) }}))
    {%- endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{# Whether an instant lies in or after the days of the build, two days wider. #}
{% macro since_days(column) -%}
    {%- if builds_everything() -%} 1 = 1
    {%- elif not var('build_days') -%} 1 = 0
    {%- else -%} {{ column }} >= {{ day_start(var('build_days')[0][0], -2) }}
    {%- endif -%}
{%- endmacro %}

{% macro day_start(day, add) -%}
    {{ utc_instant(modules.datetime.date.fromisoformat(day) + modules.datetime.timedelta(days=add)) }}
{%- endmacro %}


{# dbt-spark knows its own strategies by name; these two macros of its are told of one more. #}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {%- if raw_strategy != 'replace_days' -%}
        {{ return(dbt_spark.dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format)) }}
    {%- elif file_format != 'delta' -%}
        {%- do exceptions.raise_compiler_error("replace_days needs file_format delta") -%}
    {%- endif -%}
    {{ return(raw_strategy) }}
{% endmacro %}

{% macro dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) %}
    {%- if strategy == 'replace_days' -%}
        {%- if var('build_days') -%}
        insert into table {{ target }} replace where {{ in_days(config.require('day_column')) }}
        {{ days_from(source, target) }}
        {%- else -%} select 1 {%- endif -%}
    {%- else -%}
        {{ dbt_spark.dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) }}
    {%- endif -%}
{% endmacro %}

{# dbt-trino and others find a strategy by the name of its macro. Two commits: Trino's MERGE deletes no absent rows. #}
{% macro get_incremental_replace_days_sql(arg_dict) %}
    {%- if var('build_days') -%}
    {%- do run_query('delete from ' ~ arg_dict['target_relation'] ~ ' where ' ~ in_days(config.require('day_column'))) -%}
    insert into {{ arg_dict['target_relation'] }} ({{ arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') }})
    {{ days_from(arg_dict['temp_relation'], arg_dict['target_relation']) }}
    {%- else -%} select 1 {%- endif -%}
{% endmacro %}

{% macro days_from(source, target) -%}
    select {{ adapter.get_columns_in_relation(target) | map(attribute='quoted') | join(', ') }} from {{ source }}
{%- endmacro %}
