with moved as (
    select
        order_id,
        {{ exact_sum("case when role = 'issue' then quantity end") }} as issued_quantity,
        {{ exact_sum("case when role = 'production' then quantity end") }} as made_quantity,
        {{ collect_distinct(text_array(['unit'])) }} as units,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from {{ ref('stg_material_movements') }}
    where role in ('issue', 'production')
        and order_id is not null
    group by order_id
),

-- what an order scrapped and what waits for rework is in the counts, not in the movements
counted as (
    select
        order_id,
        max(line_id) as line_id,
        max(product_id) as product_id,
        {{ sum_or_unknown('scrap_count') }} as scrap_quantity,
        {{ sum_or_unknown('rework_count') }} as rework_quantity,
        {{ collect_distinct(text_array(['unit'])) }} as units,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from {{ ref('stg_production_counts') }}
    group by order_id
),

joined as (
    select
        moved.order_id,
        counted.line_id,
        counted.product_id,
        moved.issued_quantity,
        moved.made_quantity,
        case when counted.order_id is null then cast(0 as double) else counted.scrap_quantity end as scrap_quantity,
        case when counted.order_id is null then cast(0 as double) else counted.rework_quantity end as rework_quantity,
        array_sort(array_distinct(concat(moved.units, coalesce(counted.units, moved.units)))) as units,
        array_sort(array_distinct(concat(moved._source_rows, coalesce(counted._source_rows, moved._source_rows)))) as _source_rows
    from moved
    left join counted
        on moved.order_id = counted.order_id
),

balanced as (
    select
        *,
        case when cardinality(units) <= 1 then issued_quantity - (made_quantity + scrap_quantity + rework_quantity) end as loss_quantity
    from joined
)

select
    order_id,
    line_id,
    product_id,
    case when cardinality(units) = 1 then array_join(units, '') end as unit,
    issued_quantity,
    made_quantity,
    scrap_quantity,
    rework_quantity,
    loss_quantity,
    case when issued_quantity > 0 then loss_quantity / issued_quantity end as loss_ratio,
    case when cardinality(units) <= 1 and issued_quantity > 0 then made_quantity / issued_quantity end as material_yield_ratio,
    nullif(
        case
            when cardinality(units) > 1 then 'units differ: ' || array_join(units, ', ')
            else array_join({{ text_array([
                "case when issued_quantity is null then 'nothing issued' end",
                "case when made_quantity is null then 'nothing received from production' end",
                "case when scrap_quantity is null then 'scrap quantity unknown' end",
                "case when rework_quantity is null then 'rework quantity unknown' end",
                "case when issued_quantity <= 0 then 'no material to balance' end",
            ]) }}, '; ')
        end,
        ''
    ) as missing,
    _source_rows
from balanced
