/*
    Median and quartiles (by linear interpolation, type 7) of the hourly means of the days before a day with stops.
    Mirrors casparian.kpi.downtime.moved.
*/
with days as (
    select distinct machine_id, {{ day_number('start_us') }} as day_number
    from {{ ref('int_downtime_events') }}
    where {{ in_days(date_of_day(day_number('start_us'))) }}
),

ordered as (
    select
        days.machine_id,
        days.day_number,
        hours.tag_name,
        hours.mean_value,
        row_number() over (
            partition by days.machine_id, days.day_number, hours.tag_name order by hours.mean_value
        ) - 1 as place,
        count(*) over (partition by days.machine_id, days.day_number, hours.tag_name) as hours
    from days
    inner join {{ ref('int_tag_hours') }} as hours
        on days.machine_id = hours.machine_id
        and hours.hour_number >= (days.day_number - {{ var('downtime').usual_days }}) * 24
        and hours.hour_number < days.day_number * 24
),

weighed as (
    select
        machine_id,
        day_number,
        tag_name,
        hours,
        mean_value,
        {%- for name, share in (('lower', '0.25e0'), ('usual', '0.5e0'), ('upper', '0.75e0')) %}
        greatest(1 - abs((hours - 1) * {{ share }} - place), 0) as {{ name }}_weight{{ ',' if not loop.last }}
        {%- endfor %}
    from ordered
)

select
    machine_id,
    day_number,
    tag_name,
    hours,
    sum(mean_value * usual_weight) as usual_value,
    (sum(mean_value * upper_weight) - sum(mean_value * lower_weight)) / {{ var('downtime').iqr_sigmas }}e0 as spread_value
from weighed
group by machine_id, day_number, tag_name, hours
