select
    moves.movement_id,
    {{ epoch_us('moves.timestamp') }} as at_us,
    moves.material_id,
    moves.lot,
    moves.from_location,
    moves.to_location,
    moves.quantity * coalesce(types.direction, 1) as quantity,
    moves.unit,
    moves.order_id,
    -- nobody said what an unknown code does: the material went from one place to the other
    coalesce(types.role, 'transfer') as role,
    {{ source_row() }} as source_row
from {{ source('silver_materials', 'material_movements') }} as moves
left join {{ ref('movement_types') }} as types
    on lower(trim(moves.movement_type)) = types.movement_type
