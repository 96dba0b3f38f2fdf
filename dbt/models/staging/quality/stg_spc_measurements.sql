select
    part_number,
    feature,
    machine_id,
    serial,
    subgroup,
    measured_at,
    actual,
    nominal,
    usl,
    lsl,
    {{ source_row() }} as source_row
from {{ source('silver_quality', 'spc_measurements') }}
-- AQDEF marks values that are kept out of statistics
where coalesce(quality, 'Good') = 'Good'
