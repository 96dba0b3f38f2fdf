select
    event_id,
    machine_id,
    line_id,
    starts_at,
    ends_at,
    {{ epoch_us('starts_at') }} as start_us,
    {{ epoch_us('ends_at') }} as end_us,
    reason_code,
    reason,
    category,
    reason_path,
    planned,
    {{ source_row() }} as source_row
from {{ source('silver_equipment', 'downtime_events') }}
