-- Lots are joined by the order that took the one and made the other; where no lot or order is named nothing is joined.
with lots as (
    select
        order_id,
        role,
        material_id,
        lot,
        {{ exact_sum('quantity') }} as quantity,
        max(unit) as unit,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from {{ ref('stg_material_movements') }}
    where role in ('issue', 'production')
        and order_id is not null
        and lot is not null
    group by order_id, role, material_id, lot
    -- what came back whole was not used
    having {{ exact_sum('quantity') }} > 0
)

select
    taken.order_id,
    taken.material_id as material_in,
    taken.lot as lot_in,
    taken.quantity as quantity_in,
    taken.unit as unit_in,
    made.material_id as material_out,
    made.lot as lot_out,
    made.quantity as quantity_out,
    made.unit as unit_out,
    array_sort(array_distinct(concat(taken._source_rows, made._source_rows))) as _source_rows
from lots as taken
inner join lots as made
    on taken.order_id = made.order_id
where taken.role = 'issue'
    and made.role = 'production'
