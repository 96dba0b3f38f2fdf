select
    shifts.line_id,
    shifts.shift_date,
    shifts.shift,
    greatest(stops.start_us, shifts.start_us) as start_us,
    least(stops.end_us, shifts.end_us) as end_us,
    stops.source_row
from {{ ref('stg_shift_calendar') }} as shifts
inner join {{ ref('stg_planned_stops') }} as stops
    on shifts.line_id = stops.line_id
    and stops.start_us < shifts.end_us
    and stops.end_us > shifts.start_us
    and stops.end_us > stops.start_us
