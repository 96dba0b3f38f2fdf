-- What each record adds to the time elements of its machine and shift; a sum over them is all that OEE needs.
with machine_shifts as (
    select
        machines.machine_id,
        machines.site_id,
        machines.line_id,
        shifts.shift_date,
        shifts.shift,
        shifts.source_row
    from {{ ref('int_machines') }} as machines
    inner join {{ ref('stg_shift_calendar') }} as shifts
        on machines.line_id = shifts.line_id
),

busy as (
    select
        machines.machine_id,
        machines.site_id,
        machines.line_id,
        windows.shift_date,
        windows.shift,
        windows.end_us - windows.start_us as busy_us
    from {{ ref('int_machines') }} as machines
    inner join {{ ref('int_busy_windows') }} as windows
        on machines.line_id = windows.line_id
)

select
    machine_id, site_id, line_id, shift_date, shift,
    cast(0 as bigint) as pbt_us,
    cast(0 as bigint) as apt_us,
    cast(0 as double) as pri_pq_s,
    cast(0 as double) as pq,
    cast(0 as double) as gq,
    {{ text_array([]) }} as missing_inputs,
    {{ text_array(['source_row']) }} as _source_rows
from machine_shifts
union all
select
    machine_id, site_id, line_id, shift_date, shift,
    busy_us, busy_us, 0, 0, 0, {{ text_array([]) }}, {{ text_array([]) }}
from busy
union all
select
    machines.machine_id, machines.site_id, machines.line_id, stops.shift_date, stops.shift,
    0, 0, 0, 0, 0, {{ text_array([]) }}, {{ text_array(['stops.source_row']) }}
from {{ ref('int_planned_stops_in_shift') }} as stops
inner join {{ ref('int_machines') }} as machines on stops.line_id = machines.line_id
union all
select
    machines.machine_id, machines.site_id, machines.line_id, down.shift_date, down.shift,
    0, -down.downtime_us, 0, 0, 0, {{ text_array([]) }}, {{ text_array(['down.source_row']) }}
from {{ ref('int_downtime_in_shift') }} as down
inner join {{ ref('int_machines') }} as machines on down.machine_id = machines.machine_id
union all
select
    machine_id, site_id, line_id, shift_date, shift,
    -- without a shift there is no planned time, neither zero nor more
    case when shift is not null then 0 end,
    case when shift is not null then 0 end,
    pri_pq_s, total_count, good_count, missing_inputs, _source_rows
from {{ ref('int_counts_in_shift') }}
