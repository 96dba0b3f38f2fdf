with told as (
    select
        product_id, unit, machine_id,
        cast(null as date) as made_on,
        {{ text_array(['source_row']) }} as _source_rows
    from {{ ref('stg_ideal_cycles') }}
    union all
    select product_id, unit, null, null, {{ text_array(['source_row']) }}
    from {{ ref('stg_products') }}
    union all
    select product_id, null, machine_id, null, {{ text_array(['source_row']) }}
    from {{ ref('stg_routes') }}
    union all
    select product_id, unit, machine_id, shift_date, {{ text_array([]) }}
    from {{ ref('fct_production') }}
),

steps as (
    select product_id, count(distinct step) as step_count
    from {{ ref('stg_routes') }}
    group by product_id
),

products as (
    select
        product_id,
        {{ collect_distinct(text_array(['unit'])) }} as units,
        count(distinct machine_id) as machine_count,
        min(made_on) as first_made_on,
        max(made_on) as last_made_on,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from told
    group by product_id
)

select
    products.product_id,
    master.product_name,
    case when cardinality(products.units) = 1 then array_join(products.units, '') end as unit,
    products.machine_count,
    coalesce(steps.step_count, 0) as step_count,
    master.opportunities,
    products.first_made_on,
    products.last_made_on,
    products._source_rows
from products
left join steps
    on products.product_id = steps.product_id
left join {{ ref('stg_products') }} as master
    on products.product_id = master.product_id
