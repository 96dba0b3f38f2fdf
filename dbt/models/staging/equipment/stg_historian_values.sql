select
    tag_name,
    timestamp as read_at,
    {{ epoch_us('timestamp') }} as at_us,
    value,
    quality = 'Good' as is_good
from {{ source('silver_equipment', 'historian_values') }}
where value is not null and quality <> 'Bad'
