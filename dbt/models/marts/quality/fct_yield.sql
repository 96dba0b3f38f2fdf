{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with made as (
    select
        line_id,
        max(site_id) as site_id,
        product_id,
        shift_date,
        {%- for name in ['total', 'good', 'scrap', 'rework'] %}
        {{ sum_or_unknown(name ~ '_quantity') }} as {{ name }}_quantity,
        {%- endfor %}
        {{ collect_distinct(text_array(['unit'])) }} as units,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('fct_production') }}
    where {{ in_days('shift_date') }}
    group by line_id, product_id, shift_date
),

-- the steps that a line's products pass on it
steps as (
    select machines.line_id, routes.product_id, routes.step
    from {{ ref('stg_routes') }} as routes
    inner join {{ ref('stg_machines') }} as machines
        on routes.machine_id = machines.machine_id
    group by machines.line_id, routes.product_id, routes.step
),

-- machines of one step work beside each other: they are added before any ratio
stepped as (
    select
        made.line_id, made.product_id, made.shift_date, routes.step,
        {{ sum_or_unknown('made.total_quantity') }} as total_quantity,
        {{ sum_or_unknown('made.good_quantity') }} as good_quantity
    from {{ ref('fct_production') }} as made
    inner join {{ ref('stg_routes') }} as routes
        on made.machine_id = routes.machine_id
        and made.product_id = routes.product_id
    where {{ in_days('made.shift_date') }}
    group by made.line_id, made.product_id, made.shift_date, routes.step
),

-- what machines made that stand on no step of the route
strays as (
    select made.line_id, made.product_id, made.shift_date, min(made.machine_id) as machine_id
    from {{ ref('fct_production') }} as made
    left join {{ ref('stg_routes') }} as routes
        on made.machine_id = routes.machine_id
        and made.product_id = routes.product_id
    where {{ in_days('made.shift_date') }}
        and routes.step is null
    group by made.line_id, made.product_id, made.shift_date
),

yields as (
    select
        days.line_id,
        days.product_id,
        days.shift_date,
        steps.step,
        case when stepped.total_quantity > 0 then stepped.good_quantity / stepped.total_quantity end as step_ratio
    from made as days
    inner join steps
        on days.line_id = steps.line_id
        and days.product_id = steps.product_id
    left join stepped
        on days.line_id = stepped.line_id
        and days.product_id = stepped.product_id
        and days.shift_date = stepped.shift_date
        and steps.step = stepped.step
),

rolled as (
    select
        line_id,
        product_id,
        shift_date,
        count(*) as step_count,
        case when count(step_ratio) = count(*) then {{ exact_product('step_ratio') }} end as rolled_ratio,
        {{ collect_distinct(text_array(['case when step_ratio is null then step end'])) }} as unknown_steps
    from yields
    group by line_id, product_id, shift_date
),

joined as (
    select
        made.*,
        coalesce(rolled.step_count, 0) as step_count,
        case when strays.machine_id is null then rolled.rolled_ratio end as rolled_ratio,
        case
            when strays.machine_id is not null and rolled.step_count > 0
                then 'machine ' || strays.machine_id || ' is on no step of the route'
            when coalesce(rolled.step_count, 0) = 0 then 'no steps'
            when cardinality(rolled.unknown_steps) > 0 then 'no yield of step ' || array_join(rolled.unknown_steps, ', ')
        end as route_missing
    from made
    left join rolled
        on made.line_id = rolled.line_id
        and made.product_id = rolled.product_id
        and made.shift_date = rolled.shift_date
    left join strays
        on made.line_id = strays.line_id
        and made.product_id = strays.product_id
        and made.shift_date = strays.shift_date
)

select
    line_id,
    site_id,
    product_id,
    shift_date,
    case when cardinality(units) <= 1 then nullif(array_join(units, ''), '') end as unit,
    total_quantity,
    good_quantity,
    scrap_quantity,
    rework_quantity,
    case when total_quantity > 0 then good_quantity / total_quantity end as first_pass_yield_ratio,
    case when scrap_quantity <= total_quantity and total_quantity > 0 then 1 - scrap_quantity / total_quantity end as final_yield_ratio,
    case when total_quantity > 0 then scrap_quantity / total_quantity end as scrap_ratio,
    case when total_quantity > 0 then rework_quantity / total_quantity end as rework_ratio,
    step_count,
    rolled_ratio as rolled_throughput_yield_ratio,
    power(rolled_ratio, cast(1 as double) / step_count) as normalised_yield_ratio,
    nullif(
        case
            when total_quantity = 0 then 'nothing produced'
            else array_join({{ text_array([
                "case when total_quantity is null then 'produced quantity unknown' end",
                "case when good_quantity is null then 'good quantity unknown' end",
                "case when scrap_quantity is null then 'scrap quantity unknown' end",
                "case when rework_quantity is null then 'rework quantity unknown' end",
                "case when scrap_quantity > total_quantity then 'scrap exceeds what was produced' end",
            ]) }}, '; ')
        end,
        ''
    ) as missing,
    route_missing,
    _source_rows
from joined
