select
    tag_name,
    {{ epoch_us('timestamp') }} as at_us,
    value
from {{ source('silver_equipment', 'historian_values') }}
where value is not null and quality <> 'Bad'
