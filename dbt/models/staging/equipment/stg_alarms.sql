select
    alarm_id,
    state,
    {{ epoch_us('timestamp') }} as at_us,
    tag_name,
    condition,
    area,
    priority,
    message,
    coalesce(shelved, false) or state = 'SHELVED' as shelved,
    case
        when paired_by = 'order' then tag_name || '/' || coalesce(condition, '')
        else alarm_id
    end as series,
    {{ source_row() }} as source_row
from {{ source('silver_equipment', 'alarms') }}
