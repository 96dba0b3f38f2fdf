{{ config(materialized='table') }}

/*
    A device belongs to the machine of its name, or else to the one whose id is a folder on the way to its files: those
    that its last observation tells. That of each data item is read in every build.
*/
with observed as (
    select
        *,
        max(at_us) over (partition by device_uuid) as until_us,
        row_number() over (partition by device_uuid order by instance_id desc, sequence desc) as from_the_last
    from {{ ref('stg_mtc_events') }}
    where {{ holds_near_days('silver_equipment.mtc_events', 'observed_at') }}
),

devices as (
    select device_uuid, device_name, source_path, until_us
    from observed
    where from_the_last = 1
)

select
    devices.device_uuid,
    devices.device_name,
    devices.until_us,
    coalesce(by_name.machine_id, max(by_folder.machine_id)) as machine_id,
    coalesce(by_name.line_id, max_by(by_folder.line_id, by_folder.machine_id)) as line_id
from devices
left join {{ ref('int_machines') }} as by_name on devices.device_name = by_name.machine_id
left join {{ ref('int_machines') }} as by_folder
    on {{ has_item("split(devices.source_path, '/')", 'by_folder.machine_id') }}
group by devices.device_uuid, devices.device_name, devices.until_us, by_name.machine_id, by_name.line_id
