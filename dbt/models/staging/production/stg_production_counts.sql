select
    machine_id,
    line_id,
    site_id,
    product_id,
    {{ epoch_us('interval_start') }} as start_us,
    {{ epoch_us('interval_end') }} as end_us,
    total_count,
    good_count,
    {{ source_row() }} as source_row
from {{ source('silver_production', 'production_counts') }}
