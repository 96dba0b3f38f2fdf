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

found as (
    select
        line_id,
        part_number as product_id,
        shift_date,
        {{ exact_sum('defect_count') }} as defect_count,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('fct_defects') }}
    where {{ in_days('shift_date') }}
    group by line_id, part_number, shift_date
),

-- where a line's log has findings of a day, what it does not name had no defect
logged as (
    select distinct line_id, shift_date
    from {{ ref('fct_defects') }}
    where {{ in_days('shift_date') }}
),

joined as (
    select
        made.*,
        units.unit_count,
        coalesce(found.defect_count, case when logged.line_id is not null then cast(0 as double) end) as defect_count,
        units.opportunities,
        concat(
            coalesce(found._source_rows, {{ text_array([]) }}),
            {{ text_array(['case when found.line_id is not null or logged.line_id is not null then units.product_row end']) }}
        ) as defect_rows,
        coalesce(rolled.step_count, 0) as step_count,
        case when units.stray_machine_id is null then rolled.rolled_ratio end as rolled_ratio,
        case
            when units.stray_machine_id is not null and rolled.step_count > 0
                then 'machine ' || units.stray_machine_id || ' is on no step of the route'
            when coalesce(rolled.step_count, 0) = 0 then 'no steps'
            when cardinality(rolled.unknown_steps) > 0 then 'no yield of step ' || array_join(rolled.unknown_steps, ', ')
        end as route_missing
    from made
    left join rolled
        on made.line_id = rolled.line_id
        and made.product_id = rolled.product_id
        and made.shift_date = rolled.shift_date
    left join {{ ref('int_units_made') }} as units
        on made.line_id = units.line_id
        and made.product_id = units.product_id
        and made.shift_date = units.shift_date
    left join found
        on made.line_id = found.line_id
        and made.product_id = found.product_id
        and made.shift_date = found.shift_date
    left join logged
        on made.line_id = logged.line_id
        and made.shift_date = logged.shift_date
),

rated as (
    select *, case when unit_count > 0 then defect_count / unit_count end as defects_per_unit
    from joined
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
    defect_count,
    unit_count,
    defects_per_unit,
    exp(-defects_per_unit) as throughput_yield_ratio,
    opportunities,
    case when opportunities > 0 then defects_per_unit / opportunities end as defects_per_opportunity,
    case when opportunities > 0 then defects_per_unit / opportunities * 1e6 end as defects_per_million,
    nullif(
        case
            when defect_count is null or unit_count is null then array_join({{ text_array([
                "case when defect_count is null then 'number of defects unknown' end",
                "case when unit_count is null then 'number of units unknown' end",
            ]) }}, '; ')
            when unit_count = 0 then 'no units inspected'
            when not coalesce(opportunities, 0) > 0 then 'no opportunities'
            when defects_per_unit / opportunities > 1 then 'more defects than opportunities'
        end,
        ''
    ) as defects_missing,
    array_sort(array_distinct(concat(_source_rows, defect_rows))) as _source_rows
from rated
