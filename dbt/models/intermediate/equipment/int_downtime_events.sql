-- An event that is still open lasts until the last instant of which the logs know.
with known as (
    select max(at_us) as until_us
    from (
        select max(end_us) as at_us from {{ ref('stg_production_counts') }}
        union all
        select max(coalesce(end_us, start_us)) as at_us from {{ ref('stg_downtime_events') }}
    ) as instants
)

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
    events.source_row
from {{ ref('stg_downtime_events') }} as events
cross join known
