select
    alarm_id,
    state,
    timestamp as changed_at,
    {{ epoch_us('timestamp') }} as at_us,
    tag_name,
    condition,
    area,
    priority,
    message,
    tag_name || coalesce('/' || condition, '') as alarm,
    coalesce(shelved, false) as shelved,
    case
        when state in ('SHELVED', 'SUPPRESSED', 'DISABLED') then 1
        when state in ('UNSHELVED', 'UNSUPPRESSED', 'ENABLED') then 0
    end as hides,
    case
        when paired_by = 'order' then tag_name || '/' || coalesce(condition, '')
        else alarm_id
    end as series,
    {{ source_row() }} as source_row
from {{ source('silver_equipment', 'alarms') }}
