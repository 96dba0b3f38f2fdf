{{ config(materialized='table') }}

/*
    A machine runs in the planned busy time of its line outside its stops; where the line has no calendar, at all times
    from its first count or stop to its last outside its stops.
*/
with seen as (
    select machine_id, min(at_us) as start_us, max(until_us) as end_us
    from (
        select machine_id, start_us as at_us, end_us as until_us from {{ ref('stg_production_counts') }}
        union all
        select machine_id, start_us, coalesce(end_us, start_us) from {{ ref('stg_downtime_events') }}
        union all
        select machine_id, start_us, end_us from {{ ref('int_downtime_events') }}
    ) as heard
    group by machine_id
),

busy as (
    select machines.machine_id, windows.start_us, windows.end_us
    from {{ ref('int_machines') }} as machines
    inner join {{ ref('int_busy_windows') }} as windows
        on machines.line_id = windows.line_id
    where {{ near_days(instant_of('windows.start_us'), before=var('downtime').usual_days + 3) }}
    union all
    select machines.machine_id, seen.start_us, seen.end_us
    from {{ ref('int_machines') }} as machines
    inner join seen
        on machines.machine_id = seen.machine_id
    left join (select distinct line_id from {{ ref('stg_shift_calendar') }}) as calendars
        on machines.line_id = calendars.line_id
    where calendars.line_id is null
),

-- busy time and a stop meet on the later of their first days, so that they are looked up by day
busy_days as (
    select busy.*, day_number
    from busy
    {{ each_number(day_number('busy.start_us'), day_number('greatest(busy.end_us - 1, busy.start_us)'), 'day_number') }}
),

stop_days as (
    select machine_id, start_us, end_us, day_number
    from {{ ref('int_downtime_events') }}
    {{ each_number(day_number('start_us'), day_number('greatest(end_us - 1, start_us)'), 'day_number') }}
),

-- As in int_busy_windows: a gap before each stop, and one before the end of the busy time.
fences as (
    select busy.machine_id, busy.start_us as busy_us, stops.start_us, stops.end_us
    from busy_days as busy
    inner join stop_days as stops
        on busy.machine_id = stops.machine_id
        and busy.day_number = stops.day_number
        and busy.day_number = greatest({{ day_number('busy.start_us') }}, {{ day_number('stops.start_us') }})
        and stops.start_us < busy.end_us
        and stops.end_us > busy.start_us
    union all
    select machine_id, start_us, end_us, end_us
    from busy
),

gaps as (
    select
        machine_id,
        coalesce(
            max(end_us) over (
                partition by machine_id, busy_us order by start_us, end_us
                rows between unbounded preceding and 1 preceding
            ),
            busy_us
        ) as start_us,
        start_us as end_us
    from fences
)

select machine_id, start_us, end_us, hour_number
from gaps
{{ each_number(hour_number('start_us'), hour_number('greatest(end_us - 1, start_us)'), 'hour_number') }}
where end_us > start_us
    and {{ near_days(instant_of('hour_number * 3600000000'), before=var('downtime').usual_days + 3) }}
