{{ config(materialized=table_on_spark()) }}

/*
    An event that is still open lasts until the last instant of which the logs know. Where stops of a machine overlap
    the earlier one has the time: stopped_us adds up to the time in which the machine stood. Read are also those of the
    days on which a stop of the build looks back (int_tag_usual).
*/
with known as (
    select max(at_us) as until_us
    from (
        select max(end_us) as at_us from {{ ref('stg_production_counts') }} where {{ since_days('interval_start') }}
        union all
        select max(coalesce(end_us, start_us)) as at_us from {{ ref('stg_downtime_events') }} where {{ since_days('starts_at') }}
    ) as instants
),

events as (
    select
        events.event_id,
        events.machine_id,
        events.line_id,
        events.start_us,
        coalesce(events.end_us, known.until_us) as end_us,
        events.end_us is null as still_open,
        events.reason_code,
        events.reason,
        events.category,
        events.reason_path,
        events.planned,
        events.source_row
    from {{ ref('stg_downtime_events') }} as events
    cross join known
    where {{ touches_days('events.starts_at', 'events.ends_at', before=var('downtime').usual_days + 3) }}
),

covered as (
    select
        *,
        max(end_us) over (
            partition by machine_id order by start_us, event_id
            rows between unbounded preceding and 1 preceding
        ) as covered_until_us
    from events
)

select
    event_id,
    machine_id,
    line_id,
    start_us,
    end_us,
    still_open,
    case
        when covered_until_us is null or covered_until_us <= start_us then end_us - start_us
        when covered_until_us >= end_us then 0
        else end_us - covered_until_us
    end as stopped_us,
    reason_code,
    reason,
    category,
    reason_path,
    planned,
    source_row
from covered
