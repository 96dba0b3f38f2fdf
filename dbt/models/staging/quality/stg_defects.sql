select
    defect_id,
    detected_at,
    {{ epoch_us('detected_at') }} as detected_us,
    line_id,
    machine_id,
    part_number,
    defect_code,
    defect,
    count as defect_count,
    severity,
    disposition,
    {{ source_row() }} as source_row
from {{ source('silver_quality', 'defects') }}
