{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with sums as (
    select
        machine_id,
        line_id,
        max(site_id) as site_id,
        product_id,
        shift_date,
        shift,
        count(distinct order_id) as order_count,
        {%- for name in ['total', 'good', 'scrap', 'rework'] %}
        {{ sum_or_unknown(name ~ '_count') }} as {{ name }}_quantity,
        {%- endfor %}
        {{ collect_distinct(text_array(['unit'])) }} as units,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('int_counts_in_shift') }}
    where {{ near_days('interval_start') }} and {{ in_days('shift_date') }}
    group by machine_id, line_id, product_id, shift_date, shift
)

select
    machine_id,
    line_id,
    site_id,
    product_id,
    shift_date,
    shift,
    order_count,
    case when cardinality(units) <= 1 then nullif(array_join(units, ''), '') end as unit,
    {%- for name in ['total', 'good', 'scrap', 'rework'] %}
    case when cardinality(units) <= 1 then {{ name }}_quantity end as {{ name }}_quantity,
    {%- endfor %}
    nullif(
        case
            when cardinality(units) > 1 then 'units differ: ' || array_join(units, ', ')
            else array_join({{ text_array([
                "case when scrap_quantity is null then 'scrap quantity unknown' end",
                "case when rework_quantity is null then 'rework quantity unknown' end",
            ]) }}, '; ')
        end,
        ''
    ) as missing,
    _source_rows
from sums
