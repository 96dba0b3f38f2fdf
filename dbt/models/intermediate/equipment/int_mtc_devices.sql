{{ config(materialized='table', file_format='parquet') }}

-- A device belongs to the machine of its name, or else to the one whose id is a folder on the way to its files.
with devices as (
    select
        device_uuid,
        max(device_name) as device_name,
        max(source_path) as source_path,
        max(at_us) as until_us
    from {{ ref('stg_mtc_events') }}
    group by device_uuid
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
