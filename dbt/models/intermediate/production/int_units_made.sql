-- Each unit passes each step: the step that made most tells how many units there were. Off its route nobody knows the steps.
with made as (
    select
        line_id, product_id, shift_date,
        {{ sum_or_unknown('total_quantity') }} as total_quantity,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('fct_production') }}
    where {{ in_days('shift_date') }}
    group by line_id, product_id, shift_date
),

placed as (
    select made.line_id, made.product_id, made.shift_date, made.machine_id, made.total_quantity, routes.step
    from {{ ref('fct_production') }} as made
    left join {{ ref('stg_routes') }} as routes
        on made.machine_id = routes.machine_id
        and made.product_id = routes.product_id
    where {{ in_days('made.shift_date') }}
),

stepped as (
    select line_id, product_id, shift_date, step, {{ sum_or_unknown('total_quantity') }} as total_quantity
    from placed
    where step is not null
    group by line_id, product_id, shift_date, step
),

units as (
    select line_id, product_id, shift_date, max(total_quantity) as unit_count
    from stepped
    group by line_id, product_id, shift_date
),

strays as (
    select line_id, product_id, shift_date, min(machine_id) as machine_id
    from placed
    where step is null
    group by line_id, product_id, shift_date
)

select
    made.line_id,
    made.product_id,
    made.shift_date,
    case when strays.machine_id is null then coalesce(units.unit_count, made.total_quantity) else made.total_quantity end as unit_count,
    strays.machine_id as stray_machine_id,
    products.opportunities,
    products.source_row as product_row,
    made._source_rows
from made
left join units
    on made.line_id = units.line_id
    and made.product_id = units.product_id
    and made.shift_date = units.shift_date
left join strays
    on made.line_id = strays.line_id
    and made.product_id = strays.product_id
    and made.shift_date = strays.shift_date
left join {{ ref('stg_products') }} as products
    on made.product_id = products.product_id
