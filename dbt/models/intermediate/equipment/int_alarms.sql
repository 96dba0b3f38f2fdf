{{ config(materialized='table') }}

/*
    Where an alarm has no area, the line of its tag is the operator position. Without a clear it ends when the same
    alarm is raised again. Mirrors casparian.kpi.alarms: chattering is one of three raises in less than a minute,
    fleeting clears in less than a minute without chattering.
*/
with placed as (
    select
        occurrences.*,
        coalesce(occurrences.area, tags.line_id, '{{ var("not_given") }}') as position
    from {{ ref('int_alarm_occurrences') }} as occurrences
    left join {{ ref('stg_historian_tags') }} as tags
        on occurrences.tag_name = tags.tag_name
),

followed as (
    select
        *,
        lead(active_us) over (partition by position, alarm, active_us is null order by active_us, series, occurrence) as again_us,
        active_us is not null and not hidden as annunciated
    from placed
),

neighbours as (
    select
        *,
        {%- for name in ('lag', 'lead') %}
        {%- for far in (1, 2) %}
        {{ name }}(active_us, {{ far }}) over (
            partition by position, alarm, annunciated order by active_us, series, occurrence
        ) as {{ name }}_{{ far }}{{ ',' if not (loop.last and name == 'lead') }}
        {%- endfor %}
        {%- endfor %}
    from followed
),

judged as (
    select
        *,
        annunciated and (
            coalesce(lead_2 - active_us < {{ var('alarms').chatter_us }}, false)
            or coalesce(lead_1 - lag_1 < {{ var('alarms').chatter_us }}, false)
            or coalesce(active_us - lag_2 < {{ var('alarms').chatter_us }}, false)
        ) as chattering
    from neighbours
)

select
    position,
    alarm,
    alarm_id,
    tag_name,
    condition,
    priority,
    message,
    active_us,
    acked_us,
    cleared_us,
    coalesce(cleared_us, again_us) as ended_us,
    annunciated,
    hidden,
    chattering,
    annunciated and not chattering
    and coalesce(cleared_us - active_us < {{ var('alarms').fleeting_us }}, false) as fleeting,
    _source_rows
from judged
