select
    machine_id,
    line_id,
    site_id,
    product_id,
    interval_start,
    interval_end,
    {{ epoch_us('interval_start') }} as start_us,
    {{ epoch_us('interval_end') }} as end_us,
    total_count,
    good_count,
    scrap_count,
    rework_count,
    order_id,
    unit,
    {{ source_row() }} as source_row
from {{ source('silver_production', 'production_counts') }}
