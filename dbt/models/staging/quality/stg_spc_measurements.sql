select
    source_format,
    part_number,
    feature,
    machine_id,
    serial,
    subgroup,
    sample,
    measured_at,
    actual,
    nominal,
    usl,
    lsl,
    units,
    characteristic_type,
    _source_hash as file_hash,
    _source_row as file_row,
    {{ source_row() }} as source_row
from {{ source('silver_quality', 'spc_measurements') }}
-- AQDEF marks values that are kept out of statistics
where coalesce(quality, 'Good') = 'Good'
