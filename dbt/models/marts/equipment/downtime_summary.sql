-- Of the whole log, and so made of the stops as they are kept by day.
with lost as (
    select
        line_id,
        reason_code,
        max(reason) as reason,
        max(category) as category,
        count(*) as event_count,
        sum({{ epoch_us('ends_at') }} - {{ epoch_us('starts_at') }}) as downtime_us,
        sum(cast(round(stopped_s * 1e6) as bigint)) as stopped_us,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('fct_downtime') }}
    group by line_id, reason_code
),

running as (
    select
        *,
        sum(downtime_us) over (partition by line_id) as line_us,
        sum(downtime_us) over (
            partition by line_id order by downtime_us desc, reason_code
            rows between unbounded preceding and current row
        ) as running_us
    from lost
)

select
    line_id,
    reason_code,
    reason,
    category,
    event_count,
    downtime_us / 1e6 as downtime_s,
    stopped_us / 1e6 as stopped_s,
    case when line_us > 0 then cast(downtime_us as double) / line_us else cast(0 as double) end as share_ratio,
    case when line_us > 0 then cast(running_us as double) / line_us else cast(0 as double) end as cumulative_ratio,
    _source_rows
from running
