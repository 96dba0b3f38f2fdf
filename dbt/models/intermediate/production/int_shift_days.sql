-- An instant is looked up among the few shifts of its day instead of among all.
select
    shifts.line_id,
    shifts.shift_date,
    shifts.shift,
    shifts.start_us,
    shifts.end_us,
    day_number
from {{ ref('stg_shift_calendar') }} as shifts
{{ each_number(day_number('shifts.start_us'), day_number('shifts.end_us'), 'day_number') }}
where shifts.end_us > shifts.start_us
