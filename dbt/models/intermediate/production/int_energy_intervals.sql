{{ config(materialized='table') }}

/*
    Meters of intervals tell their energy; of counters it is the difference of two readings. A counter that falls was
    reset: how far it had counted before, nobody knows. An interval without an end lasts until the meter's next one.
*/
with neighbours as (
    select
        *,
        lag(start_us) over (partition by meter_id order by start_us) as before_us,
        lag(counter_kwh) over (partition by meter_id order by start_us) as before_kwh,
        lag(source_row) over (partition by meter_id order by start_us) as before_row,
        lead(start_us) over (partition by meter_id order by start_us) as next_us
    from {{ ref('stg_energy_readings') }}
    -- with all days of the intervals that touch those of the build, however long
    where {{ near_days('interval_start', 'silver_production.energy_readings') }}
),

intervals as (
    select
        meter_id, line_id, site_id, start_us,
        coalesce(case when end_us > start_us then end_us end, next_us) as end_us,
        energy_kwh as kwh,
        cast(null as {{ dbt.type_string() }}) as missing,
        {{ text_array(['source_row']) }} as _source_rows
    from neighbours
    where energy_kwh is not null
    union all
    select
        meter_id, line_id, site_id, before_us, start_us,
        case when counter_kwh >= before_kwh then counter_kwh - before_kwh end,
        case when counter_kwh < before_kwh then 'counter was reset' when before_kwh is null then 'energy unknown' end,
        {{ text_array(['before_row', 'source_row']) }}
    from neighbours
    where energy_kwh is null
        and before_us is not null
)

select *
from intervals
where end_us > start_us
