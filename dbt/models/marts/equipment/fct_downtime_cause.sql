{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='start_day', partition_by=['start_day'],
        days_after=var('downtime').usual_days + 1, days_between=true,
    )
}}

/*
    Alarms: those that stood when the stop began or were raised in the time before it, the machine's own before its
    line's, fresh ones before stale ones, the first to be raised first: place 1 is the first-out alarm. Tags: by how
    far their mean before the stop lies from the machine's usual running. Mirrors casparian.kpi.downtime.moved.
*/
with stops as (
    select
        *,
        {{ day_number('start_us') }} as day_number,
        start_us - {{ var('downtime').before_us }} as before_us
    from {{ ref('int_downtime_events') }}
    where {{ in_days(date_of_day(day_number('start_us'))) }}
),

known as (
    select max(start_us) as until_us
    from {{ ref('int_downtime_events') }}
),

alarm_spans as (
    select
        alarms.*,
        greatest(coalesce(alarms.ended_us, known.until_us), alarms.active_us) + {{ var('downtime').before_us }} as until_us
    from {{ ref('int_alarms') }} as alarms
    cross join known
    where alarms.annunciated
),

alarm_days as (
    select alarm, alarm_id, tag_name, message, priority, active_us, ended_us, _source_rows, day_number
    from alarm_spans
    {{ each_number(day_number('active_us'), day_number('until_us'), 'day_number') }}
),

stop_alarms as (
    select
        stops.event_id,
        alarms.tag_name,
        alarms.alarm,
        alarms.alarm_id,
        alarms.message,
        alarms.priority,
        alarms.active_us,
        alarms.ended_us,
        alarms._source_rows,
        tags.tag_alias,
        stops.start_us,
        row_number() over (
            partition by stops.event_id
            order by
                case when tags.is_own then 0 else 1 end,
                case when stops.start_us - alarms.active_us > {{ var('alarms').stale_us }} then 1 else 0 end,
                alarms.active_us, alarms.alarm, alarms.alarm_id
        ) as place
    from stops
    inner join {{ ref('int_machine_tags') }} as tags
        on stops.machine_id = tags.machine_id
    inner join alarm_days as alarms
        on tags.tag_name = alarms.tag_name
        and stops.day_number = alarms.day_number
        and alarms.active_us <= stops.start_us
        and (alarms.ended_us is null or alarms.ended_us > stops.start_us or alarms.active_us >= stops.before_us)
),

stop_hours as (
    select event_id, machine_id, start_us, before_us, hour_number
    from stops
    {{ each_number(hour_number('before_us'), hour_number('start_us - 1'), 'hour_number') }}
),

moments as (
    select
        stops.event_id,
        tags.tag_name,
        count(*) as readings,
        {{ exact_mean('readings.value') }} as mean_before
    from {{ ref('stg_historian_values') }} as readings
    inner join {{ ref('int_machine_tags') }} as tags
        on readings.tag_name = tags.tag_name
    inner join stop_hours as stops
        on tags.machine_id = stops.machine_id
        and stops.hour_number = {{ hour_number('readings.at_us') }}
        and readings.at_us >= stops.before_us
        and readings.at_us < stops.start_us
    inner join {{ ref('int_running_hours') }} as running
        on tags.machine_id = running.machine_id
        and running.hour_number = {{ hour_number('readings.at_us') }}
        and readings.at_us >= running.start_us
        and readings.at_us < running.end_us
    where {{ near_days('readings.read_at') }}
    group by stops.event_id, tags.tag_name
),

compared as (
    select
        stops.event_id,
        tags.tag_name,
        tags.tag_alias,
        tags.units,
        coalesce(moments.readings, 0) as readings,
        moments.mean_before,
        coalesce(usual.hours, 0) as hours,
        usual.usual_value,
        usual.spread_value,
        case
            when coalesce(moments.readings, 0) < {{ var('downtime').min_readings }}
                then 'fewer than {{ var("downtime").min_readings }} readings before the stop'
            when coalesce(usual.hours, 0) < {{ var('downtime').min_hours }}
                then 'fewer than {{ var("downtime").min_hours }} hours of usual running'
            when not usual.spread_value > 0 then 'usual running does not vary'
        end as missing
    from stops
    inner join {{ ref('int_machine_tags') }} as tags
        on stops.machine_id = tags.machine_id
    left join moments
        on stops.event_id = moments.event_id and tags.tag_name = moments.tag_name
    left join {{ ref('int_tag_usual') }} as usual
        on stops.machine_id = usual.machine_id
        and stops.day_number = usual.day_number
        and tags.tag_name = usual.tag_name
    where moments.readings is not null or usual.hours is not null
),

scored as (
    select
        *,
        case when missing is null then (mean_before - usual_value) / spread_value end as z
    from compared
),

evidence as (
    select
        event_id, 'alarm' as kind, place, tag_name, tag_alias,
        alarm, alarm_id, message, priority, active_us, ended_us, (start_us - active_us) / 1e6 as lead_s,
        cast(null as {{ dbt.type_string() }}) as units, cast(null as double) as mean_before, cast(null as double) as usual_value,
        cast(null as double) as spread_value, cast(null as double) as z, cast(null as bigint) as readings,
        cast(null as bigint) as hours, cast(null as {{ dbt.type_string() }}) as missing, _source_rows
    from stop_alarms
    union all
    select
        event_id, 'tag',
        row_number() over (partition by event_id order by case when z is null then 1 else 0 end, abs(z) desc, tag_name),
        tag_name, tag_alias, null, null, null, null, null, null, null,
        units, mean_before, usual_value, spread_value, z, readings, hours, missing, {{ text_array([]) }}
    from scored
)

select
    evidence.event_id,
    evidence.kind,
    evidence.place,
    stops.machine_id,
    stops.line_id,
    stops.reason,
    {{ date_of_day('stops.day_number') }} as start_day,
    {{ instant_of('stops.start_us') }} as starts_at,
    evidence.tag_name,
    evidence.tag_alias,
    evidence.kind = 'alarm' and evidence.place = 1 as first_out,
    evidence.alarm,
    evidence.alarm_id,
    evidence.message,
    evidence.priority,
    {{ instant_of('evidence.active_us') }} as raised_at,
    {{ instant_of('evidence.ended_us') }} as cleared_at,
    evidence.lead_s,
    evidence.units,
    evidence.mean_before,
    evidence.usual_value,
    evidence.spread_value,
    evidence.z,
    evidence.readings,
    evidence.hours,
    evidence.missing,
    array_union({{ text_array(['stops.source_row']) }}, evidence._source_rows) as _source_rows
from evidence
inner join stops
    on evidence.event_id = stops.event_id
