select
    study_id,
    characteristic,
    part,
    appraiser,
    trial,
    value,
    rating,
    tolerance,
    units,
    gage,
    {{ source_row() }} as source_row
from {{ source('silver_quality', 'msa_measurements') }}
