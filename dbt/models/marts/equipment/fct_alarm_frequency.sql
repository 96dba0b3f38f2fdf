{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='day', partition_by=['day'],
    )
}}

-- What a list of the top bad actors adds up over any period.
with counted as (
    select
        position,
        {{ day_number('active_us') }} as day_number,
        alarm,
        max(tag_name) as tag_name,
        max(condition) as condition,
        max(message) as message,
        min(priority) as priority,
        count(*) as alarms,
        count(case when chattering then 1 end) as chattering,
        count(case when fleeting then 1 end) as fleeting,
        sum(case when cleared_us >= active_us then cleared_us - active_us end) as active_us,
        sum(case when acked_us >= active_us then acked_us - active_us end) as ack_us,
        count(case when acked_us >= active_us then 1 end) as acknowledged,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('int_alarms') }}
    where annunciated
        and {{ in_days(date_of_day(day_number('active_us'))) }}
    group by position, {{ day_number('active_us') }}, alarm
),

ranked as (
    select
        *,
        sum(alarms) over (partition by position, day_number) as all_alarms,
        row_number() over (partition by position, day_number order by alarms desc, alarm) as place,
        sum(alarms) over (
            partition by position, day_number order by alarms desc, alarm
            rows between unbounded preceding and current row
        ) as running
    from counted
)

select
    position,
    {{ date_of_day('day_number') }} as day,
    alarm,
    tag_name,
    condition,
    message,
    priority,
    alarms,
    place,
    cast(alarms as double) / all_alarms as share_ratio,
    cast(running as double) / all_alarms as cumulative_ratio,
    chattering,
    fleeting,
    active_us / 1e6 as active_s,
    acknowledged,
    ack_us / 1e6 as ack_s,
    _source_rows
from ranked
