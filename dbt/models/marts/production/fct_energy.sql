{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with parts as (
    select *
    from {{ ref('int_energy_in_shift') }}
    where {{ in_days('shift_date') }}
),

-- demand of a line: the meters that are read at one instant, together
demand as (
    select line_id, shift_date, shift, max(kw) as peak_kw
    from (
        select line_id, shift_date, shift, start_us, {{ exact_sum('mean_kw') }} as kw
        from parts
        group by line_id, shift_date, shift, start_us
    ) as powers
    group by line_id, shift_date, shift
),

metered as (
    select line_id, shift_date, shift, max(part_us) as metered_us
    from (
        select line_id, shift_date, shift, meter_id, sum(part_us) as part_us
        from parts
        group by line_id, shift_date, shift, meter_id
    ) as meters
    group by line_id, shift_date, shift
),

used as (
    select
        line_id,
        max(site_id) as site_id,
        shift_date,
        shift,
        {{ sum_or_unknown('kwh') }} as energy_kwh,
        case when count(kwh) = count(*) then
            coalesce({{ exact_sum('case when idle then kwh end') }}, cast(0 as double))
        end as idle_kwh,
        {{ collect_distinct(text_array(['missing'])) }} as energy_missing,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from parts
    group by line_id, shift_date, shift
),

made as (
    select
        line_id,
        max(site_id) as site_id,
        shift_date,
        shift,
        {{ sum_or_unknown('total_quantity') }} as total_quantity,
        {{ sum_or_unknown('good_quantity') }} as good_quantity,
        {{ collect_distinct(text_array(['unit'])) }} as units
    from {{ ref('fct_production') }}
    where {{ in_days('shift_date') }}
    group by line_id, shift_date, shift
),

joined as (
    select
        used.line_id,
        coalesce(used.site_id, made.site_id) as site_id,
        used.shift_date,
        used.shift,
        metered.metered_us / 1e6 as metered_s,
        used.energy_kwh,
        used.idle_kwh,
        demand.peak_kw,
        case
            when made.line_id is null then cast(0 as double)
            when cardinality(made.units) <= 1 then made.total_quantity
        end as total_quantity,
        case
            when made.line_id is null then cast(0 as double)
            when cardinality(made.units) <= 1 then made.good_quantity
        end as good_quantity,
        nullif(array_join(made.units, ', '), '') as unit,
        coalesce(cardinality(made.units), 0) as unit_count,
        used.energy_missing,
        used._source_rows
    from used
    inner join metered
        on coalesce(used.line_id, '') = coalesce(metered.line_id, '')
        and used.shift_date = metered.shift_date
        and coalesce(used.shift, '') = coalesce(metered.shift, '')
    inner join demand
        on coalesce(used.line_id, '') = coalesce(demand.line_id, '')
        and used.shift_date = demand.shift_date
        and coalesce(used.shift, '') = coalesce(demand.shift, '')
    left join made
        on used.line_id = made.line_id
        and used.shift_date = made.shift_date
        and coalesce(used.shift, '') = coalesce(made.shift, '')
)

select
    line_id,
    site_id,
    shift_date,
    shift,
    metered_s,
    energy_kwh,
    idle_kwh,
    peak_kw,
    case when unit_count <= 1 then unit end as unit,
    total_quantity,
    good_quantity,
    case when good_quantity > 0 then energy_kwh / good_quantity end as energy_per_good_kwh,
    nullif(
        array_join({{ text_array([
            "case when energy_kwh is null then array_join(energy_missing, ', ') end",
            "case when unit_count > 1 then 'units differ: ' || unit when good_quantity is null then 'good quantity unknown' end",
            "case when good_quantity <= 0 then 'nothing good produced' end",
        ]) }}, '; '),
        ''
    ) as missing,
    _source_rows
from joined
