{#- Mirrors casparian.kpi.causes: Pearson's r, its p, and the means on both sides of the feature's change. -#}
{%- set characteristic = 'source_format, part_number, feature, machine_id' -%}
{%- set edge = 3 -%}
{%- set least = 10 -%}

with measured as (
    select distinct source_format, part_number, feature, machine_id, measurement, measured_at, actual
    from {{ ref('fct_quality_by_process') }}
    where actual is not null and machine_id is not null and measured_at is not null
),

numbered as (
    select
        *,
        row_number() over (partition by {{ characteristic }} order by measured_at, measurement) as place,
        count(*) over (partition by {{ characteristic }}) as n,
        actual - min(actual) over (partition by {{ characteristic }}) as moved
    from measured
),

summed as (
    select
        *,
        cast(sum(cast(moved as decimal(38, 18))) over (
            partition by {{ characteristic }} order by place rows between unbounded preceding and current row
        ) as double) as so_far,
        {{ exact_mean_over('moved', characteristic) }} as mean
    from numbered
),

splits as (
    select *, (so_far - place * mean) * (so_far - place * mean) / (place * (n - place)) as gain
    from summed
    where place between {{ edge }} and n - {{ edge }}
),

ranked as (
    select *, row_number() over (partition by {{ characteristic }} order by gain desc, place) as position
    from splits
),

changes as (
    select
        ranked.source_format, ranked.part_number, ranked.feature, ranked.machine_id,
        ranked.place as last_before, later.measured_at as changed_at
    from ranked
    inner join numbered as later
        on ranked.source_format = later.source_format
        and ranked.part_number = later.part_number
        and ranked.feature = later.feature
        and ranked.machine_id = later.machine_id
        and later.place = ranked.place + 1
    where ranked.position = 1 and ranked.gain > 0
),

pairs as (
    select
        process.source_format,
        process.part_number,
        process.feature,
        process.machine_id,
        process.tag_name,
        process.tag_alias,
        process.tag_units,
        process.measurement,
        changes.changed_at,
        process.value_mean as x,
        process.value_mean - min(process.value_mean) over (
            partition by process.source_format, process.part_number, process.feature, process.machine_id, process.tag_name
        ) as dx,
        numbered.moved as dy,
        coalesce(numbered.place > changes.last_before, false) as is_later
    from {{ ref('fct_quality_by_process') }} as process
    inner join numbered on process.measurement = numbered.measurement
    left join changes
        on process.source_format = changes.source_format
        and process.part_number = changes.part_number
        and process.feature = changes.feature
        and process.machine_id = changes.machine_id
    where process.value_mean is not null
),

sums as (
    select
        source_format, part_number, feature, machine_id, tag_name,
        max(tag_alias) as tag_alias,
        max(tag_units) as tag_units,
        max(changed_at) as changed_at,
        count(*) as n,
        {{ exact_sum('dx') }} as sx,
        {{ exact_sum('dy') }} as sy,
        {{ exact_sum('dx * dx') }} as sxx,
        {{ exact_sum('dy * dy') }} as syy,
        {{ exact_sum('dx * dy') }} as sxy,
        sum(case when is_later then 0 else 1 end) as n_before,
        sum(case when is_later then 1 else 0 end) as n_after,
        {{ exact_sum('case when is_later then 0 else x end') }} as sum_before,
        {{ exact_sum('case when is_later then x else 0 end') }} as sum_after,
        {{ exact_sum('case when is_later then 0 else dx end') }} as dx_before,
        {{ exact_sum('case when is_later then dx else 0 end') }} as dx_after,
        {{ exact_sum('case when is_later then 0 else dx * dx end') }} as dxx_before,
        {{ exact_sum('case when is_later then dx * dx else 0 end') }} as dxx_after,
        {{ collect_distinct(text_array(['measurement'])) }} as _source_rows
    from pairs
    group by source_format, part_number, feature, machine_id, tag_name
),

spread as (
    select
        *,
        sxx - sx * sx / n as vx,
        syy - sy * sy / n as vy,
        sxy - sx * sy / n as cxy,
        case when n_before > 1 then (dxx_before - dx_before * dx_before / n_before) / (n_before - 1) / n_before end as error_before,
        case when n_after > 1 then (dxx_after - dx_after * dx_after / n_after) / (n_after - 1) / n_after end as error_after
    from sums
),

correlated as (
    select
        *,
        case when n >= {{ least }} and vx > 0 and vy > 0 then
            case when abs(cxy) >= sqrt(vx * vy) then sign(cxy) else cxy / sqrt(vx * vy) end
        end as correlation,
        case when n_before > 0 and n_after > 0 then sum_before / n_before end as mean_before,
        case when n_before > 0 and n_after > 0 then sum_after / n_after end as mean_after,
        case when error_before + error_after > 0 then
            (error_before + error_after) * (error_before + error_after)
            / (error_before * error_before / (n_before - 1) + error_after * error_after / (n_after - 1))
        end as difference_df
    from spread
),

tested as (
    select
        *,
        1 as df_one,
        n - 2 as df_left,
        case when abs(correlation) < 1 then correlation * correlation * (n - 2) / (1 - correlation * correlation) end as f,
        sqrt(n - 3) * 0.5e0 * ln(
            (1 + case when abs(correlation) > 1 - 1e-15 then 1 - 1e-15 else abs(correlation) end)
            / (1 - case when abs(correlation) > 1 - 1e-15 then 1 - 1e-15 else abs(correlation) end)
        ) as evidence,
        case when difference_df is not null then
            (mean_after - mean_before) * (mean_after - mean_before) / (error_before + error_after)
        end as difference_f,
        count(*) over (partition by {{ characteristic }}) as looked_at
    from correlated
),

judged as (
    select
        *,
        case when abs(correlation) >= 1 then 0e0 else {{ f_tail('f', 'df_one', 'df_left') }} end as p,
        {{ f_tail('difference_f', 'df_one', 'difference_df') }} as difference_p
    from tested
)

select
    source_format,
    part_number,
    feature,
    machine_id,
    tag_name,
    tag_alias,
    tag_units,
    n,
    correlation,
    p,
    case when looked_at * p > 1 then 1e0 else looked_at * p end as p_adjusted,
    evidence,
    row_number() over (
        partition by {{ characteristic }} order by case when evidence is null then 1 else 0 end, evidence desc, tag_name
    ) as evidence_rank,
    changed_at,
    case when correlation is not null then mean_before end as mean_before,
    case when correlation is not null then mean_after end as mean_after,
    case when correlation is not null then mean_after - mean_before end as difference,
    case when correlation is not null then difference_p end as difference_p,
    case
        when correlation is not null then null
        when n < {{ least }} then 'fewer than {{ least }} parts'
        else 'constant'
    end as missing,
    _source_rows
from judged
