select
    product_id,
    step,
    machine_id,
    operation,
    {{ source_row() }} as source_row
from {{ source('silver_production', 'routes') }}
