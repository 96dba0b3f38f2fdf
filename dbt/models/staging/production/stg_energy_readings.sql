select
    meter_id,
    line_id,
    site_id,
    interval_start,
    {{ epoch_us('interval_start') }} as start_us,
    {{ epoch_us('interval_end') }} as end_us,
    energy_kwh,
    counter_kwh,
    {{ source_row() }} as source_row
from {{ source('silver_production', 'energy_readings') }}
-- gas and water are no energy until somebody says what a cubic metre holds
where energy_kwh is not null or counter_kwh is not null
