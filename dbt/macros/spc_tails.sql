{#
    Control charts: a build makes anew what lies behind the first point that has changed, and leaves the points before it
    alone, for limits are frozen after phase I. A chart whose phase I has changed is made anew as a whole.

    The job (spark_jobs.chart_tails) passes the ends of charts as literals in the variable spc_tails; where it passes none,
    everything is built, as it is by dbt without the job. A tail: source_format, part_number, feature, machine_id; chart,
    empty for all charts of the characteristic as a whole; first_position, that of the first point to make; from there on
    first_subgroup, or of individuals since, an instant; before, the value of the point before it. spc_since: the earliest
    measurement of all these points, for files to be skipped by.

    Strategy replace_tails: takes the ends out of the mart (from_position: points are rows of it, or else the chart is), and
    puts the new ones in. Two commits where there was something to take out; a build that ends between them is made again.
#}
{% macro spc_tails() %}{{ return(var('spc_tails', none)) }}{% endmacro %}

{% macro spc_builds_everything() %}{{ return(spc_tails() is none) }}{% endmacro %}

{# Rules look back on so many points at the most: 15 in a row, and two before them to tell where a line turns. #}
{% macro spc_reach() %}{{ return(16) }}{% endmacro %}

{# The tails as a relation. #}
{% macro spc_tail_rows() -%}
    {%- set none_at_all = ['', '', '', '', '', 1, 0, '1970-01-01 00:00:00.000000', '0'] -%}
    (
        select
            source_format, part_number, feature, machine_id, chart,
            cast(first_position as bigint) as first_position, cast(first_subgroup as bigint) as first_subgroup,
            since, cast(xbar_before as double) as xbar_before
        from (
            values
            {%- for tail in spc_tails() or [none_at_all] %}
            ({% for text in tail[:5] %}{{ text_literal(text) }}, {% endfor %}{{ tail[5] }}, {{ tail[6] }}, {{ instant_literal(tail[7]) }}, '{{ tail[8] }}'){{ ',' if not loop.last }}
            {%- endfor %}
        ) as tails (source_format, part_number, feature, machine_id, chart, first_position, first_subgroup, since, xbar_before)
        where {{ '1 = 1' if spc_tails() else '1 = 0' }}
    )
{%- endmacro %}

{# Whether both are of one characteristic of a measuring system and machine. #}
{% macro spc_same_characteristic(left, right) -%}
    {%- for column in ['source_format', 'part_number', 'feature', 'machine_id'] -%}
    {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Whether a tail is of this kind of rows: of all, or of those in subgroups, or of individuals. #}
{% macro spc_tail_is_of(tail, row) -%}
    ({{ tail }}.chart = '' or ({{ tail }}.chart = 'i_mr') = ({{ row }}.subgroup is null))
{%- endmacro %}

{# Whether a measurement lies in a tail. #}
{% macro spc_lies_in_tail(row, tail) -%}
    (
        {{ tail }}.chart = ''
        or ({{ tail }}.chart = 'i_mr' and {{ row }}.subgroup is null and ({{ row }}.measured_at >= {{ tail }}.since or {{ row }}.measured_at is null))
        or ({{ tail }}.chart <> 'i_mr' and {{ row }}.subgroup >= {{ tail }}.first_subgroup)
    )
{%- endmacro %}

{# Whether a measurement may lie in any: told by its instant alone. #}
{% macro spc_not_before_tails(instant) -%}
    ({{ instant }} >= {{ instant_literal(var('spc_since')) }} or {{ instant }} is null)
{%- endmacro %}

{# What takes the ends out of the mart. #}
{% macro spc_cut(target) -%}
    merge into {{ target }} as target using {{ spc_tail_rows() }} as tails
        on {{ spc_same_characteristic('target', 'tails') }}
        {%- if config.get('from_position') %}
        and (tails.chart = '' or (tails.chart = target.chart and target.position >= tails.first_position))
        {%- else %}
        and tails.chart = ''
        {%- endif %}
    when matched then delete
{%- endmacro %}

{# dbt-trino and others find a strategy by the name of its macro; dbt-spark is told in incremental.sql. #}
{% macro get_incremental_replace_tails_sql(arg_dict) %}
    {{ return(spc_replace_tails(arg_dict['temp_relation'], arg_dict['target_relation'])) }}
{% endmacro %}

{% macro spc_replace_tails(source, target) %}
    {%- if spc_tails() -%}
    {%- do run_query(spc_cut(target)) -%}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute='quoted') | join(', ') -%}
    insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ source }}
    {%- else -%} select 1 {%- endif -%}
{% endmacro %}
