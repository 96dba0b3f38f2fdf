select
    machine_id,
    machine_name,
    site_id,
    line_id,
    machine_type,
    timezone,
    _source_rows
from {{ ref('int_machines') }}
