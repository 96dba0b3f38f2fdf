with baseline as (
    select
        part_number,
        feature,
        machine_id,
        subgroup_size,
        count(*) as baseline_subgroups,
        {{ exact_mean('xbar') }} as center,
        {{ exact_mean('range_value') }} as range_center,
        {{ spc_factor('d2', 'subgroup_size') }} as d2,
        {{ spc_factor('d3', 'subgroup_size') }} as d3,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('int_spc_subgroups') }}
    where position <= {{ var('baseline_subgroups') }}
    group by part_number, feature, machine_id, subgroup_size
)

select
    part_number,
    feature,
    machine_id,
    subgroup_size,
    baseline_subgroups,
    center,
    range_center / d2 as sigma,
    center + 3 * (range_center / d2) / sqrt(subgroup_size) as xbar_ucl,
    center - 3 * (range_center / d2) / sqrt(subgroup_size) as xbar_lcl,
    range_center,
    range_center * (1 + 3 * d3 / d2) as range_ucl,
    range_center * greatest(1 - 3 * d3 / d2, cast(0 as double)) as range_lcl,
    _source_rows
from baseline
