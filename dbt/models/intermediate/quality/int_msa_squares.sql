{{ config(materialized='table') }}
{#-
    Mirrors casparian.kpi.msa.anova and average_range. Means are taken of deviations from the smallest value of the cell
    and of the study, so that equal values deviate by exactly 0.
-#}
{%- set study = 'study_id, characteristic' -%}

with studies as (
    select
        study_id, characteristic,
        count(*) as measurements,
        count(value) as n,
        count(distinct part) as parts,
        count(distinct appraiser) as appraisers,
        min(value) as lowest,
        max(tolerance) as tolerance,
        max(units) as units,
        max(gage) as gage,
        count(distinct units) as unit_count,
        count(distinct tolerance) as tolerance_count,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from {{ ref('stg_msa_measurements') }}
    group by study_id, characteristic
),

cells as (
    select
        study_id, characteristic, part, appraiser,
        count(value) as trials,
        min(value) as lowest,
        max(value) - min(value) as range_value
    from {{ ref('stg_msa_measurements') }}
    group by study_id, characteristic, part, appraiser
),

within as (
    select
        cells.study_id, cells.characteristic, cells.part, cells.appraiser, cells.trials, cells.range_value,
        studies.lowest as study_lowest,
        cells.lowest,
        {{ exact_mean('measured.value - cells.lowest') }} as apart
    from cells
    inner join studies on cells.study_id = studies.study_id and cells.characteristic = studies.characteristic
    inner join {{ ref('stg_msa_measurements') }} as measured
        on cells.study_id = measured.study_id
        and cells.characteristic = measured.characteristic
        and cells.part = measured.part
        and cells.appraiser = measured.appraiser
    group by
        cells.study_id, cells.characteristic, cells.part, cells.appraiser, cells.trials, cells.range_value,
        studies.lowest, cells.lowest
),

centred as (
    select
        *,
        lowest - study_lowest + apart as cell,
        {{ exact_mean_over('lowest - study_lowest + apart', study) }} as mean,
        {{ exact_mean_over('lowest - study_lowest + apart', study ~ ', part') }} as part_mean,
        {{ exact_mean_over('lowest - study_lowest + apart', study ~ ', appraiser') }} as appraiser_mean
    from within
),

between_cells as (
    select
        study_id, characteristic,
        count(*) as cell_count,
        min(trials) as least_trials,
        max(trials) as trials,
        {{ exact_mean('range_value') }} as mean_range,
        max(part_mean) - min(part_mean) as part_range,
        max(appraiser_mean) - min(appraiser_mean) as appraiser_range,
        -- a sum over cells counts each part once an appraiser, each appraiser once a part
        max(trials) * {{ exact_sum('(part_mean - mean) * (part_mean - mean)') }} as ss_part,
        max(trials) * {{ exact_sum('(appraiser_mean - mean) * (appraiser_mean - mean)') }} as ss_appraiser,
        max(trials) * {{ exact_sum('(cell - part_mean - appraiser_mean + mean) * (cell - part_mean - appraiser_mean + mean)') }} as ss_interaction
    from centred
    group by study_id, characteristic
),

errors as (
    select
        measured.study_id, measured.characteristic,
        {{ exact_sum('(measured.value - within.lowest - within.apart) * (measured.value - within.lowest - within.apart)') }} as ss_error
    from {{ ref('stg_msa_measurements') }} as measured
    inner join within
        on measured.study_id = within.study_id
        and measured.characteristic = within.characteristic
        and measured.part = within.part
        and measured.appraiser = within.appraiser
    group by measured.study_id, measured.characteristic
),

judged as (
    select
        studies.*,
        cells.trials,
        cells.mean_range,
        cells.part_range,
        cells.appraiser_range,
        cells.ss_part,
        cells.ss_appraiser,
        cells.ss_interaction,
        errors.ss_error,
        case
            when studies.n = 0 then 'ratings, no values'
            when studies.unit_count > 1 then 'values in more than one unit'
            when cells.cell_count < studies.parts * studies.appraisers or cells.least_trials < cells.trials
                then 'not balanced'
            when cells.trials = 1 and studies.appraisers = 1 then 'one trial of one appraiser'
        end as refused
    from studies
    left join between_cells as cells
        on studies.study_id = cells.study_id and studies.characteristic = cells.characteristic
    left join errors on studies.study_id = errors.study_id and studies.characteristic = errors.characteristic
)

select
    study_id,
    characteristic,
    gage,
    units,
    parts,
    appraisers,
    trials,
    case when tolerance > 0 and tolerance_count = 1 then tolerance end as tolerance,
    refused,
    case when refused is null then mean_range end as mean_range,
    case when refused is null then part_range end as part_range,
    case when refused is null then appraiser_range end as appraiser_range,
    case when refused is null then ss_part end as ss_part,
    case when refused is null then ss_appraiser end as ss_appraiser,
    case when refused is null and trials > 1 then ss_interaction when refused is null then 0e0 end as ss_interaction,
    case when refused is null and trials > 1 then ss_error when refused is null then ss_interaction end as ss_error,
    parts - 1 as df_part,
    appraisers - 1 as df_appraiser,
    case when trials > 1 then (parts - 1) * (appraisers - 1) else 0 end as df_interaction,
    case when trials > 1 then parts * appraisers * (trials - 1) else (parts - 1) * (appraisers - 1) end as df_error,
    _source_rows
from judged
