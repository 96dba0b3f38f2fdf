{{ config(materialized='table') }}

{%- set characteristic = 'source_format, part_number, feature, machine_id' %}
{%- set of_subgroup = ' over (partition by ' ~ characteristic ~ ', subgroup)' %}
{#- X-bar charts go by number of subgroup, individuals by time. #}
{%- set in_time = "case when chart <> 'i_mr' then subgroup end nulls last, measured_at nulls last, subgroup nulls last, sample nulls last, file_row" %}

with measurements as (
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
        min(file_row) as first_row,
        max(file_row) as last_row,
        {{ records_of_block('file_row') }} as records
    from measurements
    where subgroup is not null
    group by {{ characteristic }}, subgroup, file_hash, file_block
),

centred as (
    select
        *,
        (total_1 + (total_2 + total_3)) / n as part_mean,
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
        {{ collect_distinct(names_of_block('file_hash', 'file_block', 'records', 'first_row', 'last_row')) }} as _source_rows
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
        row_number() over (partition by {{ characteristic }}, subgroup is null order by subgroup) as place
    from points
),

-- the largest subgroup of phase I says which chart it is: policy of casparian.kpi.spc.chart_of_size
sized as (
    select
        *,
        max(case when place <= {{ var('baseline_subgroups') }} then n end)
            over (partition by {{ characteristic }}, subgroup is null) as subgroup_size
    from placed
),

charted as (
    select
        *,
        case when subgroup_size = 1 then 'i_mr' when subgroup_size <= 10 then 'xbar_r' else 'xbar_s' end as chart
    from sized
),

ordered as (
    select
        *,
        row_number() over (partition by {{ spc_chart_key() }} order by {{ in_time }}) as position,
        lag(xbar) over (partition by {{ spc_chart_key() }} order by {{ in_time }}) as xbar_before,
        -- a value near all the others: deviations from it lose no digits
        first_value(xbar) over (partition by {{ spc_chart_key() }} order by {{ in_time }}) as origin
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
