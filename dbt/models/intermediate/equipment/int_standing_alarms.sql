-- Hidden alarms do not stand. Mirrors casparian.kpi.alarms.standing, a day at a time.
with known as (
    select distinct position, first_day, last_day
    from {{ ref('int_alarm_days') }}
),

spans as (
    select
        alarms.position,
        alarms.alarm,
        alarms.active_us,
        alarms.ended_us,
        coalesce(alarms.active_us, known.first_day * {{ var('day_us') }}) as start_us,
        coalesce(alarms.ended_us, (known.last_day + 1) * {{ var('day_us') }}) as end_us
    from {{ ref('int_alarms') }} as alarms
    inner join known
        on alarms.position = known.position
    where not alarms.hidden
)

select
    position,
    alarm,
    day_number,
    active_us,
    greatest(start_us, day_number * {{ var('day_us') }}) as start_us,
    least(end_us, (day_number + 1) * {{ var('day_us') }}) as end_us,
    -- stale: it goes on after the day, and has stood for more than a day by then
    coalesce(ended_us, end_us + 1) > (day_number + 1) * {{ var('day_us') }}
    and coalesce((day_number + 1) * {{ var('day_us') }} - active_us > {{ var('alarms').stale_us }}, false) as stale
from spans
{{ each_number(day_number('start_us'), day_number('greatest(end_us - 1, start_us)'), 'day_number') }}
where end_us > start_us
    and {{ in_days(date_of_day('day_number')) }}
