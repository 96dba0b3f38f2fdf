/*
    A state holds until the next one of its device, in the order of (instance_id, sequence), never of time. Where
    the device's clock steps back the time already told stays told: an instant has one state.
*/
with executions as (
    select
        device_uuid,
        instance_id,
        sequence,
        data_item_id,
        coalesce(value, 'UNAVAILABLE') as execution,
        at_us,
        source_row,
        min(data_item_id) over (partition by device_uuid) as first_item_id
    from {{ ref('stg_mtc_events') }}
    where type = 'Execution'
        and {{ holds_near_days('silver_equipment.mtc_events', 'observed_at') }}
),

monotone as (
    select
        *,
        max(at_us) over (
            partition by device_uuid order by instance_id, sequence
            rows between unbounded preceding and current row
        ) as start_us
    from executions
    where data_item_id is not distinct from first_item_id
),

intervals as (
    select
        monotone.*,
        devices.line_id,
        coalesce(
            lead(start_us) over (partition by monotone.device_uuid order by instance_id, sequence),
            devices.until_us
        ) as end_us
    from monotone
    inner join {{ ref('int_mtc_devices') }} as devices on monotone.device_uuid = devices.device_uuid
)

select
    intervals.device_uuid,
    intervals.line_id,
    intervals.instance_id,
    intervals.sequence,
    intervals.execution,
    coalesce(states.state, 'unavailable') as state,
    intervals.start_us,
    intervals.end_us,
    intervals.source_row
from intervals
left join {{ ref('execution_states') }} as states on intervals.execution = states.execution
where intervals.end_us > intervals.start_us
