{{ config(materialized='table') }}

{%- set characteristic = 'source_format, part_number, feature, machine_id' %}
{#- Sorted by what tells rows apart first: Spark compares the first column without looking at the row. #}
{%- set of_subgroup = ' over (partition by subgroup, feature, part_number, machine_id, source_format)' %}
{%- set of_feature = 'partition by feature, part_number, machine_id, source_format' %}
{%- set of_chart = of_feature ~ ', chart' %}
{#- X-bar charts go by number of subgroup, individuals by time. #}
{%- set in_time = "case when chart <> 'i_mr' then subgroup end nulls last, measured_at nulls last, subgroup nulls last, sample nulls last, file_row" %}

with every as (
    select
        source_format,
        part_number,
        feature,
        coalesce(machine_id, '') as machine_id,
        subgroup,
        sample,
        measured_at,
        actual,
        file_hash,
        file_row,
        {{ block_of('file_row') }} as file_block,
        source_row
    from {{ ref('stg_spc_measurements') }}
    where actual is not null
        {%- if not spc_builds_everything() %} and {{ spc_not_before_tails('measured_at') }} {%- endif %}
),

measurements as (
    select every.*
    from every
    {%- if not spc_builds_everything() %}
    inner join {{ spc_tail_rows() }} as tails
        on {{ spc_same_characteristic('every', 'tails') }} and {{ spc_lies_in_tail('every', 'tails') }}
    {%- endif %}
),

-- what a block of a file has of a subgroup: from here on rows are few
parts as (
    select
        {{ characteristic }},
        subgroup,
        file_hash,
        file_block,
        min(measured_at) as measured_at,
        count(*) as n,
        {{ pre_rounded('actual', 'total') }},
        min(actual) as lowest,
        max(actual) as highest,
        var_pop(actual) as variance,
        {{ records_of_block('file_row') }} as records
    from measurements
    where subgroup is not null
    group by {{ characteristic }}, subgroup, file_hash, file_block
),

centred as (
    select
        *,
        (total_1 + (total_2 + total_3)) / n as part_mean,
        {{ first_of_block('file_block', 'records') }} as first_row,
        {{ from_pre_rounded('total', of_subgroup) }} / sum(n){{ of_subgroup }} as xbar
    from parts
),

points as (
    select
        {{ characteristic }},
        subgroup,
        cast(null as bigint) as sample,
        min(measured_at) as measured_at,
        sum(n) as n,
        max(xbar) as xbar,
        max(highest) - min(lowest) as range_value,
        -- squares within the parts and between them
        case when sum(n) > 1 then sqrt(sum(n * (variance + (part_mean - xbar) * (part_mean - xbar))) / (sum(n) - 1)) end as s_value,
        min(first_row) as file_row,
        {{ collect_distinct(names_of_block('file_hash', 'file_block', 'records', 'first_row')) }} as _source_rows
    from centred
    group by {{ characteristic }}, subgroup

    union all

    -- a measurement without a subgroup is an individual
    select
        {{ characteristic }},
        subgroup,
        sample,
        measured_at,
        cast(1 as bigint) as n,
        actual as xbar,
        cast(0 as double) as range_value,
        cast(null as double) as s_value,
        file_row,
        {{ text_array(['source_row']) }} as _source_rows
    from measurements
    where subgroup is null
),

placed as (
    select
        *,
        row_number() over ({{ of_feature }} order by subgroup nulls last) as place
    from points
),

-- the largest subgroup of phase I says which chart it is: policy of casparian.kpi.spc.chart_of_size
sized as (
    select
        *,
        case
            when subgroup is null then cast(1 as bigint)
            else max(case when subgroup is not null and place <= {{ var('baseline_subgroups') }} then n end) over ({{ of_feature }})
        end as subgroup_size
    from placed
),

{% set kind = "case when subgroup_size = 1 then 'i_mr' when subgroup_size <= 10 then 'xbar_r' else 'xbar_s' end" -%}
charted as (
    select
        sized.*,
        {%- if spc_builds_everything() %}
        {{ kind }} as chart,
        cast(0 as bigint) as points_before,
        cast(null as double) as xbar_before_all
        {%- else %}
        case when tails.chart = '' then {{ kind }} else tails.chart end as chart,
        tails.first_position - 1 as points_before,
        case when tails.first_position > 1 then tails.xbar_before end as xbar_before_all
        {%- endif %}
    from sized
    {%- if not spc_builds_everything() %}
    inner join {{ spc_tail_rows() }} as tails
        on {{ spc_same_characteristic('sized', 'tails') }} and {{ spc_tail_is_of('tails', 'sized') }}
    {%- endif %}
),

ordered as (
    select
        *,
        row_number() over ({{ of_chart }} order by {{ in_time }}) + points_before as position,
        coalesce(lag(xbar) over ({{ of_chart }} order by {{ in_time }}), xbar_before_all) as xbar_before,
        -- a value near all the others: deviations from it lose no digits
        first_value(xbar) over ({{ of_chart }} order by {{ in_time }}) as origin
    from charted
)

select
    {{ spc_chart_key() }},
    subgroup,
    position,
    measured_at,
    n,
    subgroup_size,
    xbar,
    case when chart = 'i_mr' then abs(xbar - xbar_before) when n > 1 then range_value end as range_value,
    case when n > 1 then s_value end as s_value,
    origin,
    -- the size whose factors hold for the spread: a moving range is one of two values
    case when chart = 'i_mr' then cast(2 as bigint) else n end as spread_size,
    _source_rows
from ordered
