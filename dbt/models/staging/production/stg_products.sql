select
    product_id,
    product_name,
    unit,
    opportunities,
    {{ source_row() }} as source_row
from {{ source('silver_production', 'products') }}
