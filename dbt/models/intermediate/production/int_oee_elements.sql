-- What each record adds to the time elements of its machine and shift; a sum over them is all that OEE needs.
with of_lines as (
    select
        line_id,
        shift_date,
        shift,
        cast(0 as bigint) as busy_us,
        {{ text_array(['source_row']) }} as _source_rows
    from {{ ref('stg_shift_calendar') }}
    where {{ in_days('shift_date') }}
    union all
    select line_id, shift_date, shift, end_us - start_us, {{ text_array([]) }}
    from {{ ref('int_busy_windows') }}
    where {{ in_days('shift_date') }}
    union all
    select line_id, shift_date, shift, 0, {{ text_array(['source_row']) }}
    from {{ ref('int_planned_stops_in_shift') }}
    where {{ in_days('shift_date') }}
),

counts as (
    select *
    from {{ ref('int_counts_in_shift') }}
    where {{ near_days('interval_start') }} and {{ in_days('shift_date') }}
),

-- a machine outside of the master list is planned on the days on which something is heard of it
heard as (
    select machine_id, line_id, shift_date, max(site_id) as site_id
    from (
        select machine_id, line_id, shift_date, site_id from counts
        union all
        select machine_id, line_id, shift_date, null from {{ ref('int_downtime_in_shift') }}
    ) as told
    where machine_id not in (select machine_id from {{ ref('stg_machines') }})
    group by machine_id, line_id, shift_date
),

planned as (
    select machines.machine_id, machines.site_id, of_lines.*
    from of_lines
    inner join {{ ref('stg_machines') }} as machines on of_lines.line_id = machines.line_id
    union all
    select heard.machine_id, heard.site_id, of_lines.*
    from of_lines
    inner join heard on of_lines.line_id = heard.line_id and of_lines.shift_date = heard.shift_date
)

select
    machine_id,
    site_id,
    line_id,
    shift_date,
    shift,
    busy_us as pbt_us,
    busy_us as apt_us,
    cast(0 as double) as pri_pq_s,
    cast(0 as double) as pq,
    cast(0 as double) as gq,
    {{ text_array([]) }} as missing_inputs,
    _source_rows
from planned
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
from counts
