{{ config(materialized='incremental', incremental_strategy='replace_tails', from_position=true) }}
-- A rule is broken at the last point of a run, which may start with the chart.
{%- set in_time = 'partition by feature, part_number, machine_id, source_format, chart order by position' %}
{%- set of_chart = 'partition by subgroups.feature, subgroups.part_number, subgroups.machine_id, subgroups.source_format, subgroups.chart order by subgroups.position' %}
{%- set columns = ['position', 'subgroup', 'measured_at', 'n', 'xbar'] %}

with subgroups as (
    select {{ spc_chart_key() }}, {{ columns | join(', ') }}, range_value, s_value, spread_size, _source_rows, true as is_new
    from {{ ref('int_spc_subgroups') }}
    {%- if not spc_builds_everything() %}
    union all
    -- what the rules of the first new points look back on
    select
        {{ spc_chart_key('points.') }},
        {%- for column in columns %} points.{{ column }}, {%- endfor %}
        points.range_value, points.s_value, cast(null as bigint) as spread_size, points._source_rows, false as is_new
    from {{ this }} as points
    inner join {{ spc_tail_rows() }} as tails
        on {{ spc_same_chart('points', 'tails') }}
        and points.position between tails.first_position - {{ spc_reach() }} and tails.first_position - 1
    {%- endif %}
),

points as (
    select
        {{ spc_chart_key('subgroups.') }},
        subgroups.position,
        subgroups.subgroup,
        subgroups.measured_at,
        subgroups.n,
        subgroups.xbar,
        subgroups.range_value,
        subgroups.s_value,
        subgroups._source_rows,
        subgroups.is_new,
        limits.center,
        limits.sigma,
        limits.sigma / sqrt(subgroups.n) as sigma_xbar,
        case when subgroups.range_value is not null then factors.d2 end as d2,
        factors.d3,
        case when subgroups.s_value is not null then coalesce(factors.c4, {{ c4_of_large('subgroups.n') }}) end as c4,
        lag(subgroups.xbar, 1) over ({{ of_chart }}) as xbar_1_before,
        lag(subgroups.xbar, 2) over ({{ of_chart }}) as xbar_2_before
    from subgroups
    inner join {{ ref('spc_control_limits') }} as limits on {{ spc_same_chart('subgroups', 'limits') }}
    left join {{ ref('int_spc_factors') }} as factors on subgroups.spread_size = factors.n
),

lines as (
    select
        *,
        case when chart <> 'xbar_s' then (d2 + 3 * d3) * sigma end as range_ucl,
        case when chart <> 'xbar_s' and d2 is not null then greatest(d2 - 3 * d3, cast(0 as double)) * sigma end as range_lcl,
        case when chart = 'xbar_s' then (c4 + 3 * sqrt(1 - c4 * c4)) * sigma end as s_ucl,
        case when chart = 'xbar_s' and c4 is not null then greatest(c4 - 3 * sqrt(1 - c4 * c4), cast(0 as double)) * sigma end as s_lcl,
        {%- for reach in range(4) %}
        case when xbar > center + {{ reach }} * sigma_xbar then 1 else 0 end as above_{{ reach }},
        case when xbar < center - {{ reach }} * sigma_xbar then 1 else 0 end as below_{{ reach }},
        {%- endfor %}
        case when xbar > center - sigma_xbar and xbar < center + sigma_xbar then 1 else 0 end as inside,
        case when xbar > xbar_1_before then 1 else 0 end as rising,
        case when xbar < xbar_1_before then 1 else 0 end as falling,
        case
            when xbar > xbar_1_before and xbar_1_before < xbar_2_before then 1
            when xbar < xbar_1_before and xbar_1_before > xbar_2_before then 1
            else 0
        end as turning
    from points
),

steps as (
    select
        *,
        above_1 + below_1 as outside,
        1 - above_1 as not_above_1,
        1 - below_1 as not_below_1
    from lines
),

runs as (
    select
        *
        {%- for name, (column, length) in spc_counts().items() %},
        sum({{ column }}) over ({{ in_time }} rows between {{ length - 1 }} preceding and current row) as {{ name }}
        {%- endfor %}
        {%- for column in spc_streaks() %},
        -- from the last point that is not so
        position - coalesce(max(case when {{ column }} = 0 then position end) over ({{ in_time }} rows unbounded preceding), 0) as {{ column }}_streak
        {%- endfor %}
    from steps
),

judged as (
    select
        *,
        {%- for name, rules in {'western_electric': spc_western_electric(), 'nelson': spc_nelson()}.items() %}
        concat_ws(',', {{ spc_names(rules) | join(', ') }}) as {{ name }},
        {%- endfor %}
        case
            when range_value > range_ucl or range_value < range_lcl then case when chart = 'i_mr' then 'MR1' else 'R1' end
            when chart = 'xbar_s' and (s_value > s_ucl or s_value < s_lcl) then 'S1'
            else ''
        end as spread_rule
    from runs
)

select
    {{ spc_chart_key() }},
    position,
    subgroup,
    measured_at,
    n,
    xbar,
    center,
    center + 3 * sigma_xbar as xbar_ucl,
    center - 3 * sigma_xbar as xbar_lcl,
    sigma_xbar,
    case
        when sigma is null or sigma = 0 then null
        when above_3 + below_3 = 1 then 'beyond'
        when above_2 + below_2 = 1 then 'A'
        when above_1 + below_1 = 1 then 'B'
        else 'C'
    end as zone,
    case when chart <> 'xbar_s' then range_value end as range_value,
    range_ucl,
    range_lcl,
    case when chart = 'xbar_s' then s_value end as s_value,
    s_ucl,
    s_lcl,
    western_electric,
    nelson,
    spread_rule,
    western_electric || case when western_electric <> '' and spread_rule <> '' then ',' else '' end || spread_rule as rules,
    western_electric <> '' or spread_rule <> '' as violated,
    _source_rows
from judged
where is_new
