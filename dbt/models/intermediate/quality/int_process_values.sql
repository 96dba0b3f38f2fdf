{{ config(materialized='table') }}
{#-
    Mirrors casparian.kpi.process_values. A reading holds until the next one of its tag. Readings and times of making meet
    in the hours that both touch, and each pair counts in the hour in which it begins: a hashed join, no range join.
-#}
{%- set limit = var('made_while') -%}

with windows as (
    select distinct machine_id, from_us, to_us
    from {{ ref('int_made_while') }}
    where from_us < to_us
),

hours_of_making as (
    select machine_id, from_us, to_us, hour
    from windows {{ each_number(hour_number('from_us'), hour_number('to_us'), 'hour') }}
),

wanted_tags as (
    select distinct tags.machine_id, tags.tag_name
    from {{ ref('int_machine_tags') }} as tags
    inner join windows on tags.machine_id = windows.machine_id
),

readings as (
    select
        tag_name,
        at_us,
        value,
        is_good,
        coalesce(lead(at_us) over (partition by tag_name order by at_us), at_us + {{ limit.hold_us }}) as next_us
    from {{ ref('stg_historian_values') }}
    where {{ near_days('read_at') }}
        and tag_name in (select tag_name from wanted_tags)
),

held as (
    select
        tag_name, at_us, value, is_good,
        case when next_us > at_us + {{ limit.hold_us }} then at_us + {{ limit.hold_us }} else next_us end as until_us
    from readings
),

hours_of_holding as (
    select tag_name, at_us, until_us, value, is_good, hour
    from held {{ each_number(hour_number('at_us'), hour_number('until_us'), 'hour') }}
),

met as (
    select
        making.machine_id,
        making.from_us,
        making.to_us,
        held.tag_name,
        held.at_us,
        held.value,
        held.is_good,
        (least(held.until_us, making.to_us) - greatest(held.at_us, making.from_us)) / 1e6 as seconds
    from hours_of_holding as held
    inner join wanted_tags as tags on held.tag_name = tags.tag_name
    inner join hours_of_making as making
        on tags.machine_id = making.machine_id
        and held.hour = making.hour
        and held.at_us < making.to_us
        and held.until_us > making.from_us
    where held.hour = {{ hour_number('greatest(held.at_us, making.from_us)') }}
),

-- the mean is taken of what is above the smallest, so that a constant value has exactly itself as mean
above as (
    select *, value - min(value) over (partition by machine_id, from_us, to_us, tag_name) as over_least
    from met
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
