{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='day', partition_by=['day'], always_day=0,
    )
}}

with device_shifts as (
    select
        devices.device_uuid,
        devices.device_name,
        devices.machine_id,
        devices.line_id,
        shifts.shift_date,
        shifts.shift,
        shifts.start_us,
        shifts.end_us,
        shifts.source_row
    from {{ ref('int_mtc_devices') }} as devices
    inner join {{ ref('stg_shift_calendar') }} as shifts on devices.line_id = shifts.line_id
    where {{ in_days('shifts.shift_date') }}
    union all
    select
        devices.device_uuid, devices.device_name, devices.machine_id, devices.line_id, null, null, null, null, null
    from {{ ref('int_mtc_devices') }} as devices
    left join (select distinct line_id from {{ ref('stg_shift_calendar') }}) as calendars
        on devices.line_id = calendars.line_id
    where calendars.line_id is null
        and {{ in_days("date '1970-01-01'") }}
),

-- a state and a window meet on the later of their first days, so that they are looked up by day
state_days as (
    select device_uuid, line_id, state, start_us, end_us, source_row, day_number
    from {{ ref('int_mtc_states') }}
    {{ each_number(day_number('start_us'), day_number('(end_us - 1)'), 'day_number') }}
),

window_days as (
    select line_id, shift_date, shift, start_us, end_us, day_number
    from {{ ref('int_busy_windows') }}
    {{ each_number(day_number('start_us'), day_number('(end_us - 1)'), 'day_number') }}
    where {{ in_days('shift_date') }}
),

contributions as (
    select
        device_uuid, shift_date, shift,
        'calendar' as state, cast(0 as bigint) as busy_us, cast(0 as double) as parts, source_row
    from device_shifts
    where shift is not null
    union all
    select
        shifts.device_uuid, shifts.shift_date, shifts.shift,
        'planned', windows.end_us - windows.start_us, 0, shifts.source_row
    from device_shifts as shifts
    inner join {{ ref('int_busy_windows') }} as windows
        on shifts.line_id = windows.line_id
        and shifts.shift_date = windows.shift_date
        and shifts.shift = windows.shift
    union all
    select
        states.device_uuid, windows.shift_date, windows.shift,
        states.state,
        least(states.end_us, windows.end_us) - greatest(states.start_us, windows.start_us),
        0,
        states.source_row
    from state_days as states
    inner join window_days as windows
        on states.line_id = windows.line_id
        and states.day_number = windows.day_number
        and states.day_number = greatest({{ day_number('states.start_us') }}, {{ day_number('windows.start_us') }})
        and states.start_us < windows.end_us
        and states.end_us > windows.start_us
    union all
    select
        devices.device_uuid, shifts.shift_date, shifts.shift,
        'parts', 0, made.parts, made.source_row
    from {{ ref('int_mtc_parts') }} as made
    inner join {{ ref('int_mtc_devices') }} as devices on made.device_uuid = devices.device_uuid
    inner join {{ ref('int_shift_days') }} as shifts
        on devices.line_id = shifts.line_id
        and {{ day_number('made.at_us') }} = shifts.day_number
        and made.at_us >= shifts.start_us
        and made.at_us < shifts.end_us
),

elements as (
    select
        device_uuid,
        shift_date,
        shift,
        sum(case when state = 'planned' then busy_us else 0 end) / 1e6 as pbt_s,
        sum(case when state = 'active' then busy_us else 0 end) / 1e6 as active_s,
        sum(case when state = 'idle' then busy_us else 0 end) / 1e6 as idle_s,
        sum(case when state = 'unavailable' then busy_us else 0 end) / 1e6 as unavailable_s,
        sum(case when state = 'planned' then busy_us else -busy_us end) / 1e6 as unobserved_s,
        {{ exact_sum('parts') }} as parts,
        {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from contributions
    group by device_uuid, shift_date, shift
)

select
    shifts.device_uuid,
    shifts.device_name,
    shifts.machine_id,
    shifts.line_id,
    shifts.shift_date,
    shifts.shift,
    coalesce(shifts.shift_date, date '1970-01-01') as day,
    elements.pbt_s,
    elements.active_s,
    elements.idle_s,
    elements.unavailable_s,
    elements.unobserved_s,
    elements.parts,
    case when elements.pbt_s > 0 then elements.active_s / elements.pbt_s end as availability_ratio,
    case
        when shifts.machine_id is null then 'no machine for device ' || coalesce(shifts.device_name, shifts.device_uuid)
        when shifts.shift is null then 'no shift calendar for line ' || shifts.line_id
        when elements.pbt_s = 0 then 'no planned busy time'
    end as missing,
    coalesce(elements._source_rows, {{ text_array([]) }}) as _source_rows
from device_shifts as shifts
left join elements
    on shifts.device_uuid = elements.device_uuid
    and shifts.shift_date = elements.shift_date
    and shifts.shift = elements.shift
