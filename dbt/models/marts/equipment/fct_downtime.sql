{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='start_day', partition_by=['start_day'],
    )
}}

with placed as (
    select
        events.*,
        coalesce(machines.line_id, events.line_id) as known_line_id,
        machines.site_id,
        cast({{ instant_of('events.start_us') }} as date) as start_day
    from {{ ref('int_downtime_events') }} as events
    left join {{ ref('int_machines') }} as machines
        on events.machine_id = machines.machine_id
)

select
    placed.event_id,
    placed.machine_id,
    placed.known_line_id as line_id,
    placed.site_id,
    shifts.shift_date,
    shifts.shift,
    placed.reason_code,
    placed.reason,
    placed.category,
    coalesce(
        nullif(trim(split_part(placed.reason_path, ' > ', 1)), ''), placed.category, placed.reason, placed.reason_code,
        '{{ var("not_given") }}'
    ) as level_1,
    case
        when placed.reason_path is not null then nullif(trim(split_part(placed.reason_path, ' > ', 2)), '')
        when placed.category is not null then coalesce(placed.reason, placed.reason_code)
    end as level_2,
    nullif(trim(split_part(placed.reason_path, ' > ', 3)), '') as level_3,
    placed.planned,
    placed.start_day,
    {{ instant_of('placed.start_us') }} as starts_at,
    {{ instant_of('placed.end_us') }} as ends_at,
    placed.still_open,
    (placed.end_us - placed.start_us) / 1e6 as duration_s,
    placed.stopped_us / 1e6 as stopped_s,
    (placed.end_us - placed.start_us - placed.stopped_us) / 1e6 as overlap_s,
    placed.end_us - placed.start_us < {{ var('downtime').micro_stop_us }} and not placed.still_open as micro_stop,
    {{ text_array(['placed.source_row']) }} as _source_rows
from placed
left join {{ ref('int_shift_days') }} as shifts
    on placed.known_line_id = shifts.line_id
    and {{ day_number('placed.start_us') }} = shifts.day_number
    and placed.start_us >= shifts.start_us
    and placed.start_us < shifts.end_us
where {{ in_days('placed.start_day') }}
