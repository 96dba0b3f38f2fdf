select
    device_uuid,
    device_name,
    instance_id,
    sequence,
    data_item_id,
    type,
    value,
    timestamp as observed_at,
    {{ epoch_us('timestamp') }} as at_us,
    _source_path as source_path,
    {{ source_row() }} as source_row
from {{ source('silver_equipment', 'mtc_events') }}
