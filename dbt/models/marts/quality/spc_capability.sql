-- Over the measurements of complete subgroups: Cp and Cpk by the spread within them, Pp and Ppk by that of all values.
with measured as (
    select
        measurements.part_number,
        measurements.feature,
        measurements.machine_id,
        measurements.measured_at,
        measurements.actual,
        measurements.nominal,
        measurements.usl,
        measurements.lsl
    from {{ ref('stg_spc_measurements') }} as measurements
    inner join {{ ref('int_spc_subgroups') }} as subgroups
        on measurements.part_number = subgroups.part_number
        and measurements.feature = subgroups.feature
        and measurements.machine_id = subgroups.machine_id
        and measurements.subgroup = subgroups.subgroup
    where measurements.actual is not null
),

means as (
    select
        part_number,
        feature,
        machine_id,
        count(*) as n,
        {{ exact_mean('actual') }} as mean,
        max_by(nominal, measured_at) as nominal,
        max_by(usl, measured_at) as usl,
        max_by(lsl, measured_at) as lsl
    from measured
    group by part_number, feature, machine_id
),

overall as (
    select
        measured.part_number,
        measured.feature,
        measured.machine_id,
        sqrt(
            {{ exact_sum('(measured.actual - means.mean) * (measured.actual - means.mean)') }}
            / nullif(count(*) - 1, 0)
        ) as sigma_overall
    from measured
    inner join means
        on measured.part_number = means.part_number
        and measured.feature = means.feature
        and measured.machine_id = means.machine_id
    group by measured.part_number, measured.feature, measured.machine_id
),

within_subgroups as (
    select
        part_number,
        feature,
        machine_id,
        {{ exact_mean('range_value') }} / {{ spc_factor('d2', 'subgroup_size') }} as sigma_within,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('int_spc_subgroups') }}
    group by part_number, feature, machine_id, subgroup_size
),

spread as (
    select
        means.*,
        within_subgroups._source_rows,
        nullif(within_subgroups.sigma_within, 0) as sigma_within,
        nullif(overall.sigma_overall, 0) as sigma_overall,
        -- with one limit the index looks at that side
        least(
            coalesce(means.usl - means.mean, means.mean - means.lsl),
            coalesce(means.mean - means.lsl, means.usl - means.mean)
        ) as nearest_side
    from means
    inner join overall
        on means.part_number = overall.part_number
        and means.feature = overall.feature
        and means.machine_id = overall.machine_id
    inner join within_subgroups
        on means.part_number = within_subgroups.part_number
        and means.feature = within_subgroups.feature
        and means.machine_id = within_subgroups.machine_id
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
