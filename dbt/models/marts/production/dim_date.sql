-- Every day from the first to the last of the shift calendar, worked or not.
with days as (
    select shift_date, count(*) as shift_count, count(distinct line_id) as line_count
    from {{ ref('stg_shift_calendar') }}
    group by shift_date
),

ends as (
    select {{ day_count('min(shift_date)') }} as first_day, {{ day_count('max(shift_date)') }} as last_day
    from days
),

numbered as (
    select day_number
    from ends
    {{ each_number('ends.first_day', 'ends.last_day', 'day_number') }}
    where ends.first_day is not null
),

dated as (
    select
        {{ date_of_day('day_number') }} as date_day,
        -- 1 January 1970 was a Thursday; the ISO week of a day is that of its Thursday
        mod(day_number + 3, 7) + 1 as weekday,
        {{ date_of_day('day_number - mod(day_number + 3, 7) + 3') }} as thursday
    from numbered
)

select
    dated.date_day,
    cast(extract(year from dated.date_day) as int) as year,
    cast(extract(quarter from dated.date_day) as int) as quarter,
    cast(extract(month from dated.date_day) as int) as month,
    cast(extract(year from dated.thursday) as int) as iso_year,
    cast(extract(week from dated.date_day) as int) as iso_week,
    cast(dated.weekday as int) as iso_weekday,
    coalesce(days.shift_count, 0) as shift_count,
    coalesce(days.line_count, 0) as line_count,
    days.shift_date is not null as is_production_day
from dated
left join days on dated.date_day = days.shift_date
