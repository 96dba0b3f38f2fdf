select
    machine_id,
    machine_name,
    site_id,
    line_id,
    machine_type,
    timezone,
    {{ source_row() }} as source_row
from {{ source('silver_production', 'machines') }}
