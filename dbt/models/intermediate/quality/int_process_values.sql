{{ config(materialized='table') }}
{#-
    Mirrors casparian.kpi.process_values. A reading holds until the next one of its tag. What counts for a time of making
    is the reading that held when it began and those within it, met by the hour (a hashed join, no range join); only these
    are sorted, for they are a small part of all that a historian keeps.
-#}
{%- set limit = var('made_while') -%}
{%- set of_tag = 'partition by making, tag_name order by at_us' -%}

with windows as (
    select machine_id, from_us, to_us, row_number() over (order by machine_id, from_us, to_us) as making
    from (select distinct machine_id, from_us, to_us from {{ ref('int_made_while') }} where from_us < to_us) as made
),

wanted_tags as (
    select distinct tags.machine_id, tags.tag_name
    from {{ ref('int_machine_tags') }} as tags
    inner join windows on tags.machine_id = windows.machine_id
),

readings as (
    select tags.machine_id, readings.tag_name, at_us, value, is_good, {{ hour_number('at_us') }} as hour
    from {{ ref('stg_historian_values') }} as readings
    inner join wanted_tags as tags on readings.tag_name = tags.tag_name
    where {{ near_days('read_at') }}
),

hours_before as (
    select making, machine_id, from_us, hour
    from windows {{ each_number(hour_number('from_us - ' ~ limit.hold_us), hour_number('from_us'), 'hour') }}
),

hours_of_making as (
    select making, machine_id, from_us, to_us, hour
    from windows {{ each_number(hour_number('from_us'), hour_number('to_us'), 'hour') }}
),

-- the last one before the time begins, or at its very beginning
carried as (
    select
        making,
        tag_name,
        max(at_us) as at_us,
        max_by(value, at_us) as value,
        max_by(is_good, at_us) as is_good
    from readings
    inner join hours_before
        on readings.machine_id = hours_before.machine_id
        and readings.hour = hours_before.hour
        and at_us <= from_us
        and at_us > from_us - {{ limit.hold_us }}
    group by making, tag_name
),

inside as (
    select making, tag_name, at_us, value, is_good
    from readings
    inner join hours_of_making
        on readings.machine_id = hours_of_making.machine_id
        and readings.hour = hours_of_making.hour
        and at_us > from_us
        and at_us < to_us
),

held as (
    select
        *,
        lead(at_us) over ({{ of_tag }}) as next_us,
        min(value) over ({{ of_tag }} rows between unbounded preceding and unbounded following) as least_value
    from (select * from carried union all select * from inside) as counted
),

-- the mean is taken of what is above the smallest, so that a constant value has exactly itself as mean
above as (
    select
        windows.machine_id,
        windows.from_us,
        windows.to_us,
        held.tag_name,
        held.at_us,
        held.value,
        held.is_good,
        held.value - held.least_value as over_least,
        (least(coalesce(held.next_us, windows.to_us), held.at_us + {{ limit.hold_us }}, windows.to_us)
            - greatest(held.at_us, windows.from_us)) / 1e6 as seconds
    from held
    inner join windows on held.making = windows.making
)

select
    machine_id,
    from_us,
    to_us,
    tag_name,
    count(*) as readings,
    min(value) + {{ exact_sum('over_least * seconds') }} / {{ exact_sum('seconds') }} as value_mean,
    min(value) as value_min,
    max(value) as value_max,
    max_by(value, at_us) as value_last,
    {{ exact_sum('case when is_good then seconds else 0 end') }} / {{ exact_sum('seconds') }} as good_ratio,
    {{ exact_sum('seconds') }} / ((to_us - from_us) / 1e6) as covered_ratio
from above
group by machine_id, from_us, to_us, tag_name
