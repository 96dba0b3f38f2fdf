{{ config(materialized='table') }}

-- The gaps between the planned stops of a shift. Each gap lies before a stop, the last one before the end of the shift.
with fences as (
    select line_id, shift_date, shift, start_us, end_us
    from {{ ref('int_planned_stops_in_shift') }}
    union all
    select line_id, shift_date, shift, end_us as start_us, end_us
    from {{ ref('stg_shift_calendar') }}
),

gaps as (
    select
        line_id,
        shift_date,
        shift,
        max(end_us) over (
            partition by line_id, shift_date, shift
            order by start_us, end_us
            rows between unbounded preceding and 1 preceding
        ) as last_end_us,
        start_us as next_start_us
    from fences
)

select
    gaps.line_id,
    gaps.shift_date,
    gaps.shift,
    coalesce(gaps.last_end_us, shifts.start_us) as start_us,
    gaps.next_start_us as end_us
from gaps
inner join {{ ref('stg_shift_calendar') }} as shifts
    on gaps.line_id = shifts.line_id
    and gaps.shift_date = shifts.shift_date
    and gaps.shift = shifts.shift
where gaps.next_start_us > coalesce(gaps.last_end_us, shifts.start_us)
