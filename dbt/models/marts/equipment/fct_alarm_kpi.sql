{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='day', partition_by=['day'],
    )
}}

with window_counts as (
    select
        position,
        floor(active_us / {{ var('alarms').window_us }}) as window_number,
        {{ day_number('min(active_us)') }} as day_number,
        count(*) as alarms
    from {{ ref('int_alarms') }}
    where annunciated
    group by position, floor(active_us / {{ var('alarms').window_us }})
),

hour_counts as (
    select position, {{ hour_number('active_us') }} as hour_number, {{ day_number('min(active_us)') }} as day_number, count(*) as alarms
    from {{ ref('int_alarms') }}
    where annunciated
    group by position, {{ hour_number('active_us') }}
),

windows as (
    select
        position,
        day_number,
        max(alarms) as peak_10_minutes,
        count(case when alarms > {{ var('alarms').acceptable }} then 1 end) as above_acceptable,
        count(case when alarms > {{ var('alarms').manageable }} then 1 end) as above_manageable,
        count(case when alarms > {{ var('alarms').over_demanding }} then 1 end) as above_over_demanding
    from window_counts
    group by position, day_number
),

hours as (
    select position, day_number, max(alarms) as peak_hour
    from hour_counts
    group by position, day_number
),

raised as (
    select
        position,
        {{ day_number('active_us') }} as day_number,
        count(case when annunciated then 1 end) as alarms,
        count(distinct case when annunciated then alarm end) as different_alarms,
        count(case when hidden then 1 end) as hidden,
        count(case when chattering then 1 end) as chattering,
        count(case when fleeting then 1 end) as fleeting,
        count(case when annunciated and priority = 1 then 1 end) as priority_1,
        count(case when annunciated and priority = 2 then 1 end) as priority_2,
        count(case when annunciated and priority = 3 then 1 end) as priority_3,
        count(case when annunciated and priority = 4 then 1 end) as priority_4,
        count(case when annunciated and priority > 4 then 1 end) as priority_5_up,
        count(case when annunciated and coalesce(priority, 0) < 1 then 1 end) as priority_not_given,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('int_alarms') }}
    where active_us is not null
    group by position, {{ day_number('active_us') }}
),

noted as (
    select
        position,
        {{ day_number('acked_us') }} as day_number,
        count(*) as acknowledged,
        sum(acked_us - active_us) as ack_us,
        max(acked_us - active_us) as ack_most_us
    from {{ ref('int_alarms') }}
    where annunciated and acked_us >= active_us
    group by position, {{ day_number('acked_us') }}
),

unraised as (
    select position, {{ day_number('coalesce(cleared_us, acked_us)') }} as day_number, count(*) as without_raise
    from {{ ref('int_alarms') }}
    where active_us is null
    group by position, {{ day_number('coalesce(cleared_us, acked_us)') }}
),

flood_days as (
    select position, start_us, end_us, alarms, peak, day_number
    from {{ ref('int_alarm_floods') }}
    {{ each_number(day_number('start_us'), day_number('(end_us - 1)'), 'day_number') }}
),

floods as (
    select
        position,
        day_number,
        count(case when day_number = {{ day_number('start_us') }} then 1 end) as flood_count,
        sum(case when day_number = {{ day_number('start_us') }} then alarms else 0 end) as flood_alarms,
        max(case when day_number = {{ day_number('start_us') }} then peak else 0 end) as flood_peak,
        sum(least(end_us, (day_number + 1) * {{ var('day_us') }}) - greatest(start_us, day_number * {{ var('day_us') }})) as flood_us
    from flood_days
    group by position, day_number
),

steps as (
    select position, day_number, start_us as at_us, 1 as step
    from {{ ref('int_standing_alarms') }}
    union all
    select position, day_number, end_us, -1
    from {{ ref('int_standing_alarms') }}
),

levels as (
    select
        position,
        day_number,
        sum(step) over (
            partition by position, day_number order by at_us, step
            rows between unbounded preceding and current row
        ) as level
    from steps
),

peaks as (
    select position, day_number, max(level) as standing_peak
    from levels
    group by position, day_number
),

standing as (
    select
        position,
        day_number,
        sum(end_us - start_us) as standing_us,
        count(case when end_us = (day_number + 1) * {{ var('day_us') }} then 1 end) as standing_at_end,
        count(case when stale then 1 end) as stale
    from {{ ref('int_standing_alarms') }}
    group by position, day_number
)

select
    days.position,
    {{ date_of_day('days.day_number') }} as day,
    coalesce(raised.alarms, 0) as alarms,
    coalesce(raised.different_alarms, 0) as different_alarms,
    coalesce(raised.alarms, 0) / 144e0 as alarms_a_10_minutes,
    coalesce(raised.alarms, 0) / 24e0 as alarms_an_hour,
    coalesce(windows.peak_10_minutes, 0) as peak_10_minutes,
    coalesce(hours.peak_hour, 0) as peak_hour,
    (144 - coalesce(windows.above_acceptable, 0)) / 144e0 as acceptable_ratio,
    (coalesce(windows.above_acceptable, 0) - coalesce(windows.above_manageable, 0)) / 144e0 as manageable_ratio,
    (coalesce(windows.above_manageable, 0) - coalesce(windows.above_over_demanding, 0)) / 144e0 as over_demanding_ratio,
    coalesce(windows.above_over_demanding, 0) / 144e0 as unacceptable_ratio,
    coalesce(floods.flood_count, 0) as flood_count,
    coalesce(floods.flood_alarms, 0) as flood_alarms,
    coalesce(floods.flood_peak, 0) as flood_peak,
    coalesce(floods.flood_us, 0) / 1e6 as flood_s,
    coalesce(floods.flood_us, 0) / 86400e6 as flood_ratio,
    coalesce(raised.chattering, 0) as chattering,
    coalesce(raised.fleeting, 0) as fleeting,
    coalesce(raised.chattering, 0) + coalesce(raised.fleeting, 0) as nuisance,
    coalesce(standing.stale, 0) as stale,
    coalesce(standing.standing_us, 0) / 86400e6 as standing_average,
    coalesce(peaks.standing_peak, 0) as standing_peak,
    coalesce(standing.standing_at_end, 0) as standing_at_end,
    {%- for name in ('priority_1', 'priority_2', 'priority_3', 'priority_4', 'priority_5_up', 'priority_not_given', 'hidden') %}
    coalesce(raised.{{ name }}, 0) as {{ name }},
    {%- endfor %}
    coalesce(unraised.without_raise, 0) as without_raise,
    coalesce(noted.acknowledged, 0) as acknowledged,
    cast(noted.ack_us as double) / noted.acknowledged / 1e6 as ack_mean_s,
    noted.ack_most_us / 1e6 as ack_most_s,
    coalesce(raised._source_rows, {{ text_array([]) }}) as _source_rows
from {{ ref('int_alarm_days') }} as days
{%- for name in ('raised', 'windows', 'hours', 'floods', 'standing', 'peaks', 'unraised', 'noted') %}
left join {{ name }}
    on days.position = {{ name }}.position and days.day_number = {{ name }}.day_number
{%- endfor %}
where {{ in_days(date_of_day('days.day_number')) }}
