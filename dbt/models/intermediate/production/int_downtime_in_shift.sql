-- Each event's share of the downtime in its busy window: events that overlap count once.
with clipped as (
    select
        machines.machine_id,
        windows.line_id,
        windows.shift_date,
        windows.shift,
        windows.start_us as window_us,
        greatest(events.start_us, windows.start_us) as start_us,
        least(events.end_us, windows.end_us) as end_us,
        events.source_row
    from {{ ref('int_downtime_events') }} as events
    inner join {{ ref('int_machines') }} as machines
        on events.machine_id = machines.machine_id
    inner join {{ ref('int_busy_windows') }} as windows
        on machines.line_id = windows.line_id
        and events.start_us < windows.end_us
        and events.end_us > windows.start_us
),

ordered as (
    select
        *,
        max(end_us) over (
            partition by machine_id, window_us
            order by start_us, end_us, source_row
            rows between unbounded preceding and 1 preceding
        ) as last_end_us
    from clipped
)

select
    machine_id,
    line_id,
    shift_date,
    shift,
    greatest(end_us - greatest(start_us, coalesce(last_end_us, start_us)), 0) as downtime_us,
    source_row
from ordered
