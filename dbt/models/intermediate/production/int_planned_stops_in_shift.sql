{{ config(materialized=table_on_spark()) }}

-- A stop meets a shift on the first UTC day of both, so that they are looked up by day instead of each with each.
with stop_days as (
    select stops.*, day_number
    from {{ ref('stg_planned_stops') }} as stops
    {{ each_number(day_number('stops.start_us'), day_number('stops.end_us'), 'day_number') }}
    where stops.end_us > stops.start_us
)

select
    shifts.line_id,
    shifts.shift_date,
    shifts.shift,
    greatest(stops.start_us, shifts.start_us) as start_us,
    least(stops.end_us, shifts.end_us) as end_us,
    stops.source_row
from {{ ref('int_shift_days') }} as shifts
inner join stop_days as stops
    on shifts.line_id = stops.line_id
    and shifts.day_number = stops.day_number
    and stops.start_us < shifts.end_us
    and stops.end_us > shifts.start_us
where shifts.day_number = {{ day_number('greatest(stops.start_us, shifts.start_us)') }}
