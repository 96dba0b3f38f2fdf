-- PartCount only grows, save that it starts again: after a fall the new value is what was made since.
with counters as (
    select
        device_uuid,
        at_us,
        cast(value as double) as part_count,
        lag(cast(value as double)) over (
            partition by device_uuid, data_item_id order by instance_id, sequence
        ) as last_count,
        source_row
    from {{ ref('stg_mtc_events') }}
    where type = 'PartCount' and value is not null
        and {{ holds_near_days('silver_equipment.mtc_events', 'observed_at') }}
)

select
    device_uuid,
    at_us,
    case when part_count < last_count then part_count else part_count - last_count end as parts,
    source_row
from counters
where last_count is not null
