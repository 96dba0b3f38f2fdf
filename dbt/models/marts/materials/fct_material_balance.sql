with sums as (
    select
        material_id,
        location,
        period_us,
        {%- for flow in ['count', 'receipt', 'production', 'moved_in', 'issue', 'scrap', 'shipment', 'moved_out'] %}
        coalesce({{ exact_sum("case when flow = '" ~ flow ~ "' then quantity end") }}, cast(0 as double)) as {{ flow }}_quantity,
        {%- endfor %}
        {{ collect_distinct(text_array(["unit"])) }} as units,
        {{ collect_distinct(text_array(["source_row"])) }} as _source_rows
    from {{ ref('int_stock_changes') }}
    group by material_id, location, period_us
),

periods as (
    select
        *,
        lead(period_us) over (partition by material_id, location order by period_us) as next_us,
        lead(count_quantity) over (partition by material_id, location order by period_us) as next_quantity,
        lead(units) over (partition by material_id, location order by period_us) as next_units,
        lead(_source_rows) over (partition by material_id, location order by period_us) as next_rows
    from sums
),

known as (
    select
        *,
        case when period_us >= 0 then count_quantity end as opening_quantity,
        array_sort(array_distinct(concat(units, coalesce(next_units, units)))) as all_units
    from periods
),

balanced as (
    select
        *,
        case when cardinality(all_units) <= 1 then
            opening_quantity + receipt_quantity + production_quantity + moved_in_quantity
        end as there_quantity
    from known
),

expected as (
    select
        *,
        there_quantity - (issue_quantity + scrap_quantity + shipment_quantity + moved_out_quantity) as expected_quantity
    from balanced
)

select
    material_id,
    location,
    case when period_us >= 0 then {{ instant_of('period_us') }} end as period_start,
    {{ instant_of('next_us') }} as period_end,
    case when cardinality(all_units) = 1 then array_join(all_units, '') end as unit,
    {%- for flow, name in [
        ('opening', 'opening'), ('receipt', 'received'), ('production', 'produced'), ('moved_in', 'moved_in'),
        ('issue', 'issued'), ('scrap', 'scrapped'), ('shipment', 'shipped'), ('moved_out', 'moved_out'),
    ] %}
    case when cardinality(all_units) <= 1 then {{ flow }}_quantity end as {{ name }}_quantity,
    {%- endfor %}
    expected_quantity,
    next_quantity as counted_quantity,
    expected_quantity - next_quantity as loss_quantity,
    case when there_quantity > 0 then (expected_quantity - next_quantity) / there_quantity end as loss_ratio,
    case when there_quantity > 0 then
        coalesce(abs((expected_quantity - next_quantity) / there_quantity) <= {{ var('stock_tolerance_ratio') }}, false)
    else false end as within_tolerance,
    nullif(
        case
            when cardinality(all_units) > 1 then 'units differ: ' || array_join(all_units, ', ')
            else array_join({{ text_array([
                "case when opening_quantity is null then 'no opening stock' end",
                "case when next_quantity is null then 'not counted' end",
                "case when there_quantity <= 0 then 'no material to balance' end",
            ]) }}, '; ')
        end,
        ''
    ) as missing,
    array_sort(array_distinct(concat(_source_rows, coalesce(next_rows, _source_rows)))) as _source_rows
from expected
