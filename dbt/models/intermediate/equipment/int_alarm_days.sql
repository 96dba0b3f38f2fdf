{{ config(materialized='table') }}

/*
    A position is looked at from the day of its first change to the last day of the whole journal: a quiet day has a row.
    An alarm whose beginning or end is missing stands from the first, or to the last, of these days.
*/
with seen as (
    select
        position,
        {{ day_number('min(coalesce(active_us, acked_us, cleared_us))') }} as first_day,
        max({{ day_number('greatest(coalesce(active_us, 0), coalesce(acked_us, 0), coalesce(cleared_us, 0))') }}) as last_day
    from {{ ref('int_alarms') }}
    group by position
),

known as (
    select position, first_day, max(last_day) over () as last_day
    from seen
)

select position, first_day, last_day, day_number
from known
{{ each_number('first_day', 'last_day', 'day_number') }}
where {{ in_days(date_of_day('day_number')) }}
