with busy as (
    select line_id, shift_date, shift, sum(end_us - start_us) as busy_us
    from {{ ref('int_busy_windows') }}
    group by line_id, shift_date, shift
)

select
    shifts.line_id,
    shifts.shift_date,
    shifts.shift,
    shifts.starts_at,
    shifts.ends_at,
    (shifts.end_us - shifts.start_us) / 1e6 as duration_s,
    coalesce(busy.busy_us, 0) / 1e6 as planned_busy_s,
    {{ text_array(['shifts.source_row']) }} as _source_rows
from {{ ref('stg_shift_calendar') }} as shifts
left join busy
    on shifts.line_id = busy.line_id
    and shifts.shift_date = busy.shift_date
    and shifts.shift = busy.shift
