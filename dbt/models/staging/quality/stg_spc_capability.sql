select
    source_format,
    part_number,
    feature,
    study,
    n,
    cp,
    cpk,
    pp,
    ppk,
    cpm,
    nominal,
    usl,
    lsl,
    stated_at,
    {{ source_row() }} as source_row
from {{ source('silver_quality', 'spc_capability') }}
