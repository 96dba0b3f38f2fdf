{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='measured_day', partition_by=['measured_day'], days_after=2,
    )
}}

with measured as (
    select
        measurements.source_row as measurement,
        measurements.source_format,
        measurements.part_number,
        measurements.feature,
        measurements.serial,
        measurements.subgroup,
        measurements.machine_id,
        measurements.measured_at,
        coalesce(cast(measurements.measured_at as date), date '1970-01-01') as measured_day,
        measurements.actual,
        making.made_by,
        making.from_us,
        making.to_us,
        making.made_row
    from {{ ref('stg_spc_measurements') }} as measurements
    left join {{ ref('int_made_while') }} as making on measurements.source_row = making.measurement
    where {{ near_days('measurements.measured_at') }}
        or (measurements.measured_at is null and {{ in_days("date '1970-01-01'") }})
)

select
    measured.measurement,
    coalesce(process.tag_name, '') as tag_name,
    tags.tag_alias,
    tags.units as tag_units,
    measured.source_format,
    measured.part_number,
    measured.feature,
    measured.serial,
    measured.subgroup,
    measured.machine_id,
    measured.measured_at,
    measured.measured_day,
    measured.actual,
    measured.made_by,
    {{ instant_of('measured.from_us') }} as made_from,
    {{ instant_of('measured.to_us') }} as made_to,
    process.readings,
    process.value_mean,
    process.value_min,
    process.value_max,
    process.value_last,
    process.good_ratio,
    process.covered_ratio,
    case
        when process.tag_name is not null then null
        when measured.machine_id is null then 'no machine'
        when measured.measured_at is null then 'no time of measurement'
        when measured.made_by is null then 'no part counted within a day before'
        else 'no reading while the part was made'
    end as missing,
    {{ text_array(['measured.measurement', 'measured.made_row']) }} as _source_rows
from measured
left join {{ ref('int_process_values') }} as process
    on measured.machine_id = process.machine_id
    and measured.from_us = process.from_us
    and measured.to_us = process.to_us
left join {{ ref('int_machine_tags') }} as tags
    on process.machine_id = tags.machine_id and process.tag_name = tags.tag_name
where {{ in_days('measured.measured_day') }}
