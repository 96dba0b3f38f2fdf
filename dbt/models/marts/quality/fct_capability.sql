{#- Mirrors casparian.kpi.capability. A characteristic of one measuring system and machine. -#}
{%- set characteristic = 'source_format, part_number, feature, machine_id' -%}
{%- set stated_figures = ['n', 'cp', 'cpk', 'pp', 'ppk', 'cpm'] -%}

with measurements as (
    select
        source_format,
        part_number,
        feature,
        coalesce(machine_id, '') as machine_id,
        measured_at,
        sample,
        actual,
        nominal,
        usl,
        lsl,
        source_row
    from {{ ref('stg_spc_measurements') }}
    where actual is not null
),

ordered as (
    select
        *,
        min(actual) over (partition by {{ characteristic }}) as lowest,
        max(actual) over (partition by {{ characteristic }}) as highest,
        row_number() over (
            partition by {{ characteristic }}
            order by measured_at desc nulls last, sample desc nulls last, source_row desc
        ) as from_the_last
    from measurements
),

-- the limits of the latest measurement hold for all
limited as (
    select
        *,
        max(case when from_the_last = 1 then nominal end) over (partition by {{ characteristic }}) as last_nominal,
        max(case when from_the_last = 1 then usl end) over (partition by {{ characteristic }}) as last_usl,
        max(case when from_the_last = 1 then lsl end) over (partition by {{ characteristic }}) as last_lsl,
        -- in widths of all values, so that sums lose no digits whatever the unit
        coalesce((actual - lowest) / nullif(highest - lowest, 0), 0) as place
    from ordered
),

summed as (
    select
        {{ characteristic }},
        count(*) as n,
        min(lowest) as lowest,
        max(highest) - min(lowest) as width,
        {{ exact_sum('place') }} as deviation,
        {{ exact_sum('place * place') }} as square,
        max(last_nominal) as nominal,
        max(last_usl) as usl,
        max(last_lsl) as lsl,
        sum(case when actual < last_lsl then 1 else 0 end) as below,
        sum(case when actual > last_usl then 1 else 0 end) as above,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from limited
    group by {{ characteristic }}
),

-- a moving range is one of two values
factored as (
    select
        points.*,
        factors.d2,
        factors.d3,
        case when points.s_value is not null then coalesce(factors.c4, {{ c4_of_large('points.n') }}) end as c4
    from {{ ref('fct_spc_points') }} as points
    left join {{ ref('int_spc_factors') }} as factors
        on case when points.chart = 'i_mr' then 2 else points.n end = factors.n
),

-- each subgroup's sigma, weighted by the inverse of its variance
subgroups as (
    select
        {{ spc_chart_key() }},
        case when chart = 'xbar_s' then s_value / c4 else range_value / d2 end as sigma,
        case when chart = 'xbar_s' then c4 * c4 / (1 - c4 * c4) else d2 * d2 / (d3 * d3) end as weight
    from factored
),

charts as (
    select
        {{ characteristic }},
        chart,
        count(*) as subgroups,
        {{ exact_sum('sigma * weight') }}
            / nullif({{ exact_sum('case when sigma is not null then weight end') }}, 0) as sigma_within,
        -- subgroups, where there are any, say what belongs together; other values are beside them
        row_number() over (partition by {{ characteristic }} order by case when chart = 'i_mr' then 1 else 0 end) as rank
    from subgroups
    group by {{ characteristic }}, chart
),

broken as (
    select
        {{ characteristic }},
        chart,
        sum(case when violated then 1 else 0 end) as violations,
        array_join(array_remove({{ collect_distinct("split(rules, ',')") }}, ''), ',') as rules
    from {{ ref('fct_spc_points') }}
    group by {{ characteristic }}, chart
),

spread as (
    select
        summed.*,
        summed.lowest + summed.width * (summed.deviation / summed.n) as mean,
        summed.width * sqrt((summed.square - summed.deviation * summed.deviation / summed.n) / nullif(summed.n - 1, 0))
            as sigma_overall,
        charts.sigma_within,
        coalesce(charts.subgroups, 0) as subgroups,
        case charts.chart when 'xbar_r' then 'range' when 'xbar_s' then 's' else 'moving_range' end as method,
        broken.violations,
        broken.rules
    from summed
    left join charts
        on summed.source_format = charts.source_format
        and summed.part_number = charts.part_number
        and summed.feature = charts.feature
        and summed.machine_id = charts.machine_id
        and charts.rank = 1
    left join broken
        on charts.source_format = broken.source_format
        and charts.part_number = broken.part_number
        and charts.feature = broken.feature
        and charts.machine_id = broken.machine_id
        and charts.chart = broken.chart
),

judged as (
    select
        *,
        {%- for name in ['within', 'overall'] %}
        (mean - lsl) / (3 * nullif(sigma_{{ name }}, 0)) as lower_{{ name }},
        (usl - mean) / (3 * nullif(sigma_{{ name }}, 0)) as upper_{{ name }},
        (usl - lsl) / (6 * nullif(sigma_{{ name }}, 0)) as both_{{ name }},
        {%- endfor %}
        case when sigma_overall > 0 then
            (usl - lsl) / (6 * sqrt(sigma_overall * sigma_overall + (mean - nominal) * (mean - nominal)))
        end as cpm
    from spread
),

beyond as (
    select
        *,
        {%- for name in ['within', 'overall'] %}
        {{ normal_beyond('(3 * lower_' ~ name ~ ')') }} as below_{{ name }},
        {{ normal_beyond('(3 * upper_' ~ name ~ ')') }} as above_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from judged
),

-- a file states capability of a characteristic, of whatever machine
stated as (
    select *
    from (
        select
            *,
            row_number() over (
                partition by source_format, part_number, feature order by stated_at desc nulls last, study desc
            ) as from_the_last
        from {{ ref('stg_spc_capability') }}
    ) as statements
    where from_the_last = 1
)

select
    coalesce(beyond.source_format, stated.source_format) as source_format,
    coalesce(beyond.part_number, stated.part_number) as part_number,
    coalesce(beyond.feature, stated.feature) as feature,
    coalesce(beyond.machine_id, '') as machine_id,
    coalesce(beyond.n, 0) as n,
    coalesce(beyond.subgroups, 0) as subgroups,
    beyond.method,
    beyond.mean,
    beyond.sigma_within,
    beyond.sigma_overall,
    coalesce(beyond.nominal, stated.nominal) as nominal,
    coalesce(beyond.usl, case when beyond.n is null then stated.usl end) as usl,
    coalesce(beyond.lsl, case when beyond.n is null then stated.lsl end) as lsl,
    beyond.both_within as cp,
    beyond.lower_within as cpl,
    beyond.upper_within as cpu,
    least(coalesce(beyond.lower_within, beyond.upper_within), coalesce(beyond.upper_within, beyond.lower_within)) as cpk,
    beyond.both_overall as pp,
    beyond.lower_overall as ppl,
    beyond.upper_overall as ppu,
    least(coalesce(beyond.lower_overall, beyond.upper_overall), coalesce(beyond.upper_overall, beyond.lower_overall)) as ppk,
    beyond.cpm,
    case when beyond.lower_within is not null or beyond.upper_within is not null then
        1e6 * (coalesce(beyond.below_within, 0) + coalesce(beyond.above_within, 0))
    end as ppm_within,
    case when beyond.lower_overall is not null or beyond.upper_overall is not null then
        1e6 * (coalesce(beyond.below_overall, 0) + coalesce(beyond.above_overall, 0))
    end as ppm_overall,
    case when beyond.usl is not null or beyond.lsl is not null then
        1e6 * (beyond.below + beyond.above) / cast(beyond.n as double)
    end as ppm_observed,
    case when beyond.n is not null then 'normal' end as distribution,
    beyond.rules,
    beyond.violations,
    beyond.violations = 0 as stable,
    stated.study as stated_study,
    {%- for name in stated_figures %}
    stated.{{ name }} as stated_{{ name }},
    {%- endfor %}
    nullif(
        array_join({{ text_array([
            "case when beyond.n is null then 'no measured values' end",
            "case when beyond.n is not null and beyond.lsl is null then 'no lower specification limit' end",
            "case when beyond.n is not null and beyond.usl is null then 'no upper specification limit' end",
            "case when beyond.n = 1 then 'one value has no spread' end",
            "case when beyond.n > 1 and not coalesce(beyond.sigma_within, 0) > 0 then 'no spread within subgroups' end",
            "case when beyond.n > 1 and not coalesce(beyond.sigma_overall, 0) > 0 then 'no spread of the values' end",
        ]) }}, '; '),
        ''
    ) as missing,
    coalesce(beyond._source_rows, {{ text_array(['stated.source_row']) }}) as _source_rows
from beyond
full outer join stated
    on beyond.source_format = stated.source_format
    and beyond.part_number = stated.part_number
    and beyond.feature = stated.feature
