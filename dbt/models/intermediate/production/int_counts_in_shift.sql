{{ config(materialized=table_on_spark()) }}

select
    counts.machine_id,
    counts.site_id,
    counts.line_id,
    coalesce(shifts.shift_date, cast(counts.interval_start as date)) as shift_date,
    shifts.shift,
    -- a count of nothing needs no ideal cycle
    case
        when counts.total_count = 0 then cast(0 as double)
        when cycles.ideal_cycle_s > 0 then cycles.ideal_cycle_s * counts.total_count
    end as pri_pq_s,
    counts.interval_start,
    counts.interval_end,
    counts.total_count,
    counts.good_count,
    counts.scrap_count,
    counts.rework_count,
    counts.product_id,
    counts.order_id,
    counts.unit,
    counts.start_us,
    counts.end_us,
    {{ text_array([
        "case when shifts.shift is null then 'no shift calendar for line ' || counts.line_id end",
        "case when not coalesce(cycles.ideal_cycle_s, 0) > 0 and counts.total_count <> 0 then 'no ideal cycle for machine ' || counts.machine_id || ', product ' || coalesce(counts.product_id, '(none)') end",
    ]) }} as missing_inputs,
    {{ text_array(['counts.source_row', 'cycles.source_row']) }} as _source_rows
from {{ ref('stg_production_counts') }} as counts
left join {{ ref('int_shift_days') }} as shifts
    on counts.line_id = shifts.line_id
    and {{ day_number('counts.start_us') }} = shifts.day_number
    and counts.start_us >= shifts.start_us
    and counts.start_us < shifts.end_us
left join {{ ref('stg_ideal_cycles') }} as cycles
    on counts.machine_id = cycles.machine_id
    and counts.product_id = cycles.product_id
where {{ touches_days('counts.interval_start', 'counts.interval_end') }}
