select
    source_format,
    part_number,
    feature,
    characteristic_type,
    specification,
    criticality,
    nominal,
    usl,
    lsl,
    units,
    {{ source_row() }} as source_row
from {{ source('silver_quality', 'spc_characteristics') }}
