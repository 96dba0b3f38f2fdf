{{ config(materialized='table') }}

/*
    On from the instant at which the rate goes above 10 in 10 minutes until it falls below 5; from the first alarm of that
    window on, but not before the flood before ended. Mirrors casparian.kpi.alarms.floods.
*/
with turns as (
    select position, at_us, 1 as is_on, window_us
    from {{ ref('int_alarm_rates') }}
    where rate > {{ var('alarms').flood_above }}
    union all
    select position, at_us + {{ var('alarms').window_us }}, 0, null
    from {{ ref('int_alarm_rates') }}
    where rate_left < {{ var('alarms').flood_ends_below }}
),

compared as (
    select
        *,
        coalesce(lag(is_on) over (partition by position order by at_us, is_on, window_us), 0) as was_on
    from turns
),

spells as (
    select
        position,
        is_on,
        greatest(window_us, coalesce(lag(at_us) over (partition by position order by at_us), window_us)) as from_us,
        lead(at_us) over (partition by position order by at_us) as end_us
    from compared
    where is_on <> was_on
),

days as (
    select position, from_us, end_us, day_number
    from spells
    {{ each_number(day_number('from_us'), day_number('end_us'), 'day_number') }}
    where is_on = 1
)

select
    days.position,
    min(rates.at_us) as start_us,
    days.end_us,
    count(*) as alarms,
    max(rates.rate) as peak
from days
inner join {{ ref('int_alarm_rates') }} as rates
    on days.position = rates.position
    and days.day_number = {{ day_number('rates.at_us') }}
    and rates.at_us >= days.from_us
    and rates.at_us < days.end_us
group by days.position, days.from_us, days.end_us
