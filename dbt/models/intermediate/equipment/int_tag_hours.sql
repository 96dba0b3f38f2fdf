{{ config(materialized='table') }}

select
    tags.machine_id,
    tags.tag_name,
    running.hour_number,
    count(*) as readings,
    {{ exact_mean('readings.value') }} as mean_value
from {{ ref('stg_historian_values') }} as readings
inner join {{ ref('int_machine_tags') }} as tags
    on readings.tag_name = tags.tag_name
inner join {{ ref('int_running_hours') }} as running
    on tags.machine_id = running.machine_id
    and running.hour_number = {{ hour_number('readings.at_us') }}
    and readings.at_us >= running.start_us
    and readings.at_us < running.end_us
where {{ near_days('readings.read_at', before=var('downtime').usual_days + 3) }}
group by tags.machine_id, tags.tag_name, running.hour_number
