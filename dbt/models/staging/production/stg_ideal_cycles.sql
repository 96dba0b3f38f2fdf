select
    machine_id,
    product_id,
    ideal_cycle_s,
    unit,
    {{ source_row() }} as source_row
from {{ source('silver_production', 'ideal_cycles') }}
