-- Over the measurements of complete subgroups: Cp and Cpk by the spread within them, Pp and Ppk by that of all values.
with summed as (
    select
        measurements.part_number,
        measurements.feature,
        measurements.machine_id,
        count(*) as n,
        {{ exact_mean('measurements.actual') }} as mean,
        {{ exact_sum('measurements.actual - subgroups.origin') }} as deviation,
        {{ exact_sum('(measurements.actual - subgroups.origin) * (measurements.actual - subgroups.origin)') }} as square,
        -- complete subgroups are of one size, so that each range counts as often as any other
        {{ exact_mean('subgroups.range_value') }} / {{ spc_factor('d2', 'max(subgroups.subgroup_size)') }} as sigma,
        max_by(measurements.nominal, measurements.measured_at) as nominal,
        max_by(measurements.usl, measurements.measured_at) as usl,
        max_by(measurements.lsl, measurements.measured_at) as lsl,
        {{ collect_distinct(text_array(['measurements.source_row'])) }} as _source_rows
    from {{ ref('stg_spc_measurements') }} as measurements
    inner join {{ ref('int_spc_subgroups') }} as subgroups
        on measurements.part_number = subgroups.part_number
        and measurements.feature = subgroups.feature
        and measurements.machine_id = subgroups.machine_id
        and measurements.subgroup = subgroups.subgroup
    where measurements.actual is not null
    group by measurements.part_number, measurements.feature, measurements.machine_id
),

spread as (
    select
        *,
        case when sigma > 0 then sigma end as sigma_within,
        case when sigma > 0 then sqrt((square - deviation * deviation / n) / (n - 1)) end as sigma_overall,
        -- with one limit the index looks at that side
        least(coalesce(usl - mean, mean - lsl), coalesce(mean - lsl, usl - mean)) as nearest_side
    from summed
)

select
    part_number,
    feature,
    machine_id,
    n,
    nominal,
    usl,
    lsl,
    (usl - lsl) / (6 * sigma_within) as cp,
    nearest_side / (3 * sigma_within) as cpk,
    (usl - lsl) / (6 * sigma_overall) as pp,
    nearest_side / (3 * sigma_overall) as ppk,
    _source_rows
from spread
