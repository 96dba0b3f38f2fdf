-- What each record adds to the time elements of its machine and shift; a sum over them is all that OEE needs.
with of_lines as (
    select
        line_id,
        shift_date,
        shift,
        cast(0 as bigint) as busy_us,
        {{ text_array(['source_row']) }} as _source_rows
    from {{ ref('stg_shift_calendar') }}
    union all
    select line_id, shift_date, shift, end_us - start_us, {{ text_array([]) }}
    from {{ ref('int_busy_windows') }}
    union all
    select line_id, shift_date, shift, 0, {{ text_array(['source_row']) }}
    from {{ ref('int_planned_stops_in_shift') }}
)

select
    machines.machine_id,
    machines.site_id,
    machines.line_id,
    of_lines.shift_date,
    of_lines.shift,
    of_lines.busy_us as pbt_us,
    of_lines.busy_us as apt_us,
    cast(0 as double) as pri_pq_s,
    cast(0 as double) as pq,
    cast(0 as double) as gq,
    {{ text_array([]) }} as missing_inputs,
    of_lines._source_rows
from of_lines
inner join {{ ref('int_machines') }} as machines on of_lines.line_id = machines.line_id
union all
select
    machine_id, null, line_id, shift_date, shift,
    0, -downtime_us, 0, 0, 0, {{ text_array([]) }}, {{ text_array(['source_row']) }}
from {{ ref('int_downtime_in_shift') }}
union all
select
    machine_id, site_id, line_id, shift_date, shift,
    -- without a shift there is no planned time, neither zero nor more
    case when shift is not null then 0 end,
    case when shift is not null then 0 end,
    pri_pq_s, total_count, good_count, missing_inputs, _source_rows
from {{ ref('int_counts_in_shift') }}
