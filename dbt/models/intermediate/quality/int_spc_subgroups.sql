{{ config(materialized='table', file_format='parquet') }}

-- Complete subgroups only: one that lacks a measurement is left out of the chart and of its limits.
with subgroups as (
    select
        part_number,
        feature,
        machine_id,
        subgroup,
        min(measured_at) as measured_at,
        count(actual) as n,
        {{ exact_mean('actual') }} as xbar,
        max(actual) - min(actual) as range_value,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from {{ ref('stg_spc_measurements') }}
    where subgroup is not null
    group by part_number, feature, machine_id, subgroup
),

sized as (
    select
        *,
        max(n) over (partition by part_number, feature, machine_id) as subgroup_size
    from subgroups
)

select
    *,
    row_number() over (partition by part_number, feature, machine_id order by subgroup) as position,
    -- a value near all the others: deviations from it lose no digits
    first_value(xbar) over (partition by part_number, feature, machine_id order by subgroup) as origin
from sized
where n = subgroup_size and n > 1
