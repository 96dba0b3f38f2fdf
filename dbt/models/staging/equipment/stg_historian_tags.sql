select
    tag_name,
    tag_alias,
    units,
    line_id,
    asset_id,
    {{ source_row() }} as source_row
from {{ source('silver_equipment', 'historian_tags') }}
