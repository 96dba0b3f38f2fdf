/*
    Least squares of mean power over production rate, a point a row of fct_energy, so that long and short shifts weigh
    alike. What the line draws at a rate of nothing is its base load by the model; a percentile of the mean powers is
    that by statistics, linear between order statistics.
*/
with points as (
    select
        line_id,
        energy_kwh,
        metered_s,
        peak_kw,
        energy_kwh * 3600 / metered_s as kw,
        total_quantity * 3600 / metered_s as rate,
        unit
    from {{ ref('fct_energy') }}
    where line_id is not null
        and metered_s > 0
        and energy_kwh is not null
        and total_quantity is not null
),

means as (
    select
        line_id,
        count(*) as point_count,
        {{ exact_mean('kw') }} as mean_kw,
        {{ exact_mean('rate') }} as mean_rate,
        {{ exact_sum('energy_kwh') }} as energy_kwh,
        {{ exact_sum('metered_s') }} as metered_s,
        max(peak_kw) as peak_kw,
        min(rate) < max(rate) as varies,
        {{ collect_distinct(text_array(['unit'])) }} as units
    from points
    group by line_id
),

squares as (
    select
        points.line_id,
        {{ exact_sum('(rate - mean_rate) * (rate - mean_rate)') }} as xx,
        {{ exact_sum('(rate - mean_rate) * (kw - mean_kw)') }} as xy,
        {{ exact_sum('(kw - mean_kw) * (kw - mean_kw)') }} as yy
    from points
    inner join means
        on points.line_id = means.line_id
    group by points.line_id
),

ordered as (
    select
        points.line_id,
        points.kw,
        row_number() over (partition by points.line_id order by points.kw) - 1 as place,
        (means.point_count - 1) * cast({{ var('base_load_percentile') }} as double) / 100 as wanted
    from points
    inner join means
        on points.line_id = means.line_id
),

percentiles as (
    select
        line_id,
        max(case when place = floor(wanted) then kw end) as low_kw,
        max(case when place = ceil(wanted) then kw end) as high_kw,
        max(wanted - floor(wanted)) as between_ratio
    from ordered
    group by line_id
),

fitted as (
    select
        means.*,
        percentiles.low_kw + (percentiles.high_kw - percentiles.low_kw) * percentiles.between_ratio as base_load_kw,
        case when means.point_count >= 3 and means.varies then squares.xy / squares.xx end as slope,
        case when means.point_count >= 3 and means.varies and squares.yy > 0 then squares.xy * squares.xy / (squares.xx * squares.yy) end as r_squared
    from means
    inner join squares
        on means.line_id = squares.line_id
    inner join percentiles
        on means.line_id = percentiles.line_id
)

select
    line_id,
    point_count,
    array_join(units, ', ') as unit,
    case when cardinality(units) <= 1 then slope end as energy_per_unit_kwh,
    case when cardinality(units) <= 1 then mean_kw - slope * mean_rate end as model_base_load_kw,
    case when cardinality(units) <= 1 then r_squared end as r_squared,
    base_load_kw,
    case when energy_kwh > 0 then base_load_kw * (metered_s / 3600) / energy_kwh end as base_load_ratio,
    peak_kw,
    energy_kwh,
    case
        when cardinality(units) > 1 then 'units differ: ' || array_join(units, ', ')
        when point_count < 3 then 'fewer than 3 intervals'
        when not varies then 'production does not vary'
        when r_squared is null then 'energy does not vary'
    end as missing
from fitted
