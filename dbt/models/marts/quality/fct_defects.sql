{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with found as (
    select
        defects.line_id,
        defects.part_number,
        coalesce(shifts.shift_date, cast(defects.detected_at as date)) as shift_date,
        defects.defect_code,
        defects.defect,
        defects.severity,
        defects.disposition,
        defects.defect_count,
        defects.source_row
    from {{ ref('stg_defects') }} as defects
    left join {{ ref('int_shift_days') }} as shifts
        on defects.line_id = shifts.line_id
        and {{ day_number('defects.detected_us') }} = shifts.day_number
        and defects.detected_us >= shifts.start_us
        and defects.detected_us < shifts.end_us
    where {{ near_days('defects.detected_at') }}
),

sums as (
    select
        line_id,
        part_number,
        shift_date,
        defect_code,
        max(defect) as defect,
        min(severity) as severity,
        count(*) as finding_count,
        {{ exact_sum('defect_count') }} as defect_count,
        coalesce({{ exact_sum("case when lower(disposition) = 'scrap' then defect_count end") }}, cast(0 as double)) as scrap_count,
        coalesce({{ exact_sum("case when lower(disposition) = 'rework' then defect_count end") }}, cast(0 as double)) as rework_count,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from found
    where {{ in_days('shift_date') }}
    group by line_id, part_number, shift_date, defect_code
),

running as (
    select
        *,
        sum(defect_count) over (partition by line_id, part_number, shift_date) as every_count,
        sum(defect_count) over (
            partition by line_id, part_number, shift_date order by defect_count desc, defect_code
            rows between unbounded preceding and current row
        ) as running_count
    from sums
),

rated as (
    select
        running.*,
        units.unit_count,
        case when units.unit_count > 0 then running.defect_count / units.unit_count end as defects_per_unit,
        units.opportunities,
        concat(coalesce(units._source_rows, {{ text_array([]) }}), {{ text_array(['units.product_row']) }}) as unit_rows
    from running
    left join {{ ref('int_units_made') }} as units
        on running.line_id = units.line_id
        and running.part_number = units.product_id
        and running.shift_date = units.shift_date
)

select
    line_id,
    part_number,
    shift_date,
    defect_code,
    defect,
    severity,
    finding_count,
    defect_count,
    scrap_count,
    rework_count,
    case when every_count > 0 then defect_count / every_count else cast(0 as double) end as share_ratio,
    case when every_count > 0 then running_count / every_count else cast(0 as double) end as cumulative_ratio,
    unit_count,
    defects_per_unit,
    opportunities,
    case when opportunities > 0 then defects_per_unit / opportunities end as defects_per_opportunity,
    case when opportunities > 0 then defects_per_unit / opportunities * 1e6 end as defects_per_million,
    case
        when unit_count is null then 'number of units unknown'
        when unit_count = 0 then 'no units inspected'
        when not coalesce(opportunities, 0) > 0 then 'no opportunities'
        when defects_per_unit / opportunities > 1 then 'more defects than opportunities'
    end as rate_missing,
    array_sort(array_distinct(concat(_source_rows, unit_rows))) as _source_rows
from rated
