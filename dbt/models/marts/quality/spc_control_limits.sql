{{ config(materialized='incremental', incremental_strategy='replace_tails') }}
-- Phase I: sigma is the weighted mean of the spreads, each over its factor, with minimum variance (MVLUE).
with phase_1 as (
    select
        subgroups.*,
        case when chart = 'xbar_s' then s_value else range_value end as spread,
        case when chart = 'xbar_s' then coalesce(factors.c4, {{ c4_of_large('subgroups.n') }}) else factors.d2 end as expected,
        case when chart = 'xbar_s' then coalesce(factors.c4, {{ c4_of_large('subgroups.n') }}) end as c4,
        factors.d3
    from {{ ref('int_spc_subgroups') }} as subgroups
    left join {{ ref('int_spc_factors') }} as factors on subgroups.spread_size = factors.n
    where subgroups.position <= {{ var('baseline_subgroups') }}
),

weighted as (
    select
        *,
        case
            when spread is null then null
            when chart = 'xbar_s' then c4 * c4 / (1 - c4 * c4)
            else (expected / d3) * (expected / d3)
        end as weight
    from phase_1
),

estimated as (
    select
        {{ spc_chart_key() }},
        max(subgroup_size) as subgroup_size,
        count(*) as baseline_subgroups,
        max(origin) + {{ exact_sum('n * (xbar - origin)') }} / sum(n) as center,
        {{ exact_sum('weight * spread / expected') }} / {{ exact_sum('weight') }} as sigma,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from weighted
    group by {{ spc_chart_key() }}
),

-- the limits of a subgroup of subgroup_size
sized as (
    select
        estimated.*,
        3 * sigma / sqrt(subgroup_size) as reach,
        factors.d2,
        factors.d3,
        coalesce(factors.c4, {{ c4_of_large('subgroup_size') }}) as c4
    from estimated
    left join {{ ref('int_spc_factors') }} as factors
        on case when chart = 'i_mr' then 2 else subgroup_size end = factors.n
)

select
    {{ spc_chart_key() }},
    subgroup_size,
    baseline_subgroups,
    center,
    sigma,
    center + reach as xbar_ucl,
    center - reach as xbar_lcl,
    case when chart <> 'xbar_s' then d2 * sigma end as range_center,
    case when chart <> 'xbar_s' then (d2 + 3 * d3) * sigma end as range_ucl,
    case when chart <> 'xbar_s' then greatest(d2 - 3 * d3, cast(0 as double)) * sigma end as range_lcl,
    case when chart = 'xbar_s' then c4 * sigma end as s_center,
    case when chart = 'xbar_s' then (c4 + 3 * sqrt(1 - c4 * c4)) * sigma end as s_ucl,
    case when chart = 'xbar_s' then greatest(c4 - 3 * sqrt(1 - c4 * c4), cast(0 as double)) * sigma end as s_lcl,
    case when sigma is null then 'no subgroup of two or more values in phase I' end as missing,
    _source_rows
from sized
