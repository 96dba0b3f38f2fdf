{{ config(materialized=table_on_spark()) }}

-- Each event's share of the downtime in its busy window: where events overlap the earlier one has the time.
with known as (
    -- how far an open event reaches, as far as the days of the build are concerned
    select max(at_us) as until_us
    from (
        select max(end_us) as at_us from {{ ref('stg_production_counts') }} where {{ since_days('interval_start') }}
        union all
        select max(coalesce(end_us, start_us)) as at_us from {{ ref('stg_downtime_events') }} where {{ since_days('starts_at') }}
    ) as instants
),

events as (
    select
        events.machine_id,
        coalesce(machines.line_id, events.line_id) as line_id,
        events.start_us,
        coalesce(events.end_us, known.until_us) as end_us,
        events.end_us is null as still_open,
        events.category,
        events.source_row
    from {{ ref('stg_downtime_events') }} as events
    cross join known
    left join {{ ref('stg_machines') }} as machines on events.machine_id = machines.machine_id
    where {{ touches_days('events.starts_at', 'events.ends_at') }}
),

windows as (
    select
        *,
        lag(end_us) over (partition by line_id order by start_us) as before_us
    from {{ ref('int_busy_windows') }}
),

-- an event and a window meet on the later of their first days, so that they are looked up by day
event_days as (
    select events.*, day_number
    from events
    {{ each_number(day_number('events.start_us'), day_number('greatest(events.end_us - 1, events.start_us)'), 'day_number') }}
),

window_days as (
    select windows.*, day_number
    from windows
    {{ each_number(day_number('windows.start_us'), day_number('(windows.end_us - 1)'), 'day_number') }}
    where {{ in_days('windows.shift_date') }}
),

touching as (
    select
        events.machine_id,
        windows.line_id,
        windows.shift_date,
        windows.shift,
        windows.start_us as window_start_us,
        windows.end_us as window_end_us,
        windows.before_us,
        events.start_us,
        events.end_us,
        events.still_open,
        events.category,
        events.source_row
    from event_days as events
    inner join window_days as windows
        on events.line_id = windows.line_id
        and events.day_number = windows.day_number
        and events.day_number = greatest({{ day_number('events.start_us') }}, {{ day_number('windows.start_us') }})
        and events.start_us < windows.end_us
        and events.end_us > windows.start_us
),

ordered as (
    select
        *,
        max(end_us) over (
            partition by machine_id, window_start_us
            order by start_us, end_us, source_row
            rows between unbounded preceding and 1 preceding
        ) as last_end_us
    from touching
),

pieces as (
    select
        *,
        greatest(start_us, window_start_us, coalesce(last_end_us, start_us)) as from_us,
        least(end_us, window_end_us) as until_us
    from ordered
)

select
    machine_id,
    line_id,
    shift_date,
    shift,
    category,
    from_us,
    until_us,
    greatest(until_us - from_us, 0) as downtime_us,
    -- an event belongs as a whole to the first window that it touches
    start_us >= coalesce(before_us, start_us) as begins_here,
    -- the first planned busy time from which it takes, where begins_here
    greatest(start_us, window_start_us) as begun_us,
    end_us - start_us as duration_us,
    still_open,
    source_row
from pieces
