/*
    An interval's energy is shared over the shifts that it touches by time, the power within it taken as even; what lies
    in no shift is the day's. A pair that touches two days is met once, on the later of their first days.
*/
with days as (
    select intervals.*, day_number
    from {{ ref('int_energy_intervals') }} as intervals
    {{ each_number(day_number('intervals.start_us'), day_number('(intervals.end_us - 1)'), 'day_number') }}
),

parts as (
    select
        days.meter_id, days.line_id, days.start_us, days.end_us, shifts.shift_date, shifts.shift,
        least(days.end_us, shifts.end_us) - greatest(days.start_us, shifts.start_us) as part_us
    from days
    inner join {{ ref('int_shift_days') }} as shifts
        on days.line_id = shifts.line_id
        and days.day_number = shifts.day_number
        and shifts.day_number = greatest({{ day_number('days.start_us') }}, {{ day_number('shifts.start_us') }})
        and days.start_us < shifts.end_us
        and shifts.start_us < days.end_us
),

rest as (
    select
        intervals.meter_id, intervals.start_us,
        intervals.end_us - intervals.start_us - coalesce(sum(parts.part_us), 0) as part_us
    from {{ ref('int_energy_intervals') }} as intervals
    left join parts
        on intervals.meter_id = parts.meter_id
        and intervals.start_us = parts.start_us
    group by intervals.meter_id, intervals.start_us, intervals.end_us
),

-- an interval is idle where no count of its line that overlaps it made anything
counted as (
    select counts.line_id, counts.start_us, counts.end_us, day_number
    from {{ ref('stg_production_counts') }} as counts
    {{ each_number(day_number('counts.start_us'), day_number('(counts.end_us - 1)'), 'day_number') }}
    where {{ near_days('counts.interval_start', 'silver_production.energy_readings') }}
        and counts.total_count > 0
        and counts.end_us > counts.start_us
),

busy as (
    select days.meter_id, days.start_us
    from days
    inner join counted
        on days.line_id = counted.line_id
        and days.day_number = counted.day_number
        and counted.start_us < days.end_us
        and days.start_us < counted.end_us
    group by days.meter_id, days.start_us
),

shared as (
    select meter_id, start_us, shift_date, shift, part_us from parts
    union all
    select meter_id, start_us, cast({{ instant_of('start_us') }} as date), null, part_us from rest
    where part_us > 0
)

select
    intervals.meter_id,
    intervals.line_id,
    intervals.site_id,
    intervals.start_us,
    intervals.end_us,
    shared.shift_date,
    shared.shift,
    shared.part_us,
    case
        when shared.part_us = intervals.end_us - intervals.start_us then intervals.kwh
        else intervals.kwh * (cast(shared.part_us as double) / (intervals.end_us - intervals.start_us))
    end as kwh,
    intervals.kwh * 3600e6 / (intervals.end_us - intervals.start_us) as mean_kw,
    busy.meter_id is null as idle,
    intervals.missing,
    intervals._source_rows
from shared
inner join {{ ref('int_energy_intervals') }} as intervals
    on shared.meter_id = intervals.meter_id
    and shared.start_us = intervals.start_us
left join busy
    on shared.meter_id = busy.meter_id
    and shared.start_us = busy.start_us
