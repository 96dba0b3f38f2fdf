{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with zones as (
    select line_id, max(timezone) as timezone
    from {{ ref('stg_machines') }}
    group by line_id
),

elements as (
    select
        line_id,
        max(site_id) as site_id,
        shift_date,
        -- counts in no shift stand apart: they have no planned time, and must not make that of the day unknown
        shift is not null as in_shift,
        count(distinct machine_id) as machine_count,
        {{ sum_or_unknown('pbt_s') }} as pbt_s,
        {{ sum_or_unknown('apt_s') }} as apt_s,
        {{ sum_or_unknown('pri_pq_s') }} as pri_pq_s,
        {{ sum_or_unknown('pq') }} as pq,
        {{ sum_or_unknown('gq') }} as gq,
        {%- for name in oee_stops() %}
        {{ sum_or_unknown(name) }} as {{ name }},
        {%- endfor %}
        {{ collect_distinct('missing_inputs') }} as missing_inputs,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('fct_oee_machine_shift') }}
    where {{ in_days('shift_date') }}
    group by line_id, shift_date, shift is not null
),

days as (
    select
        elements.*,
        machine_count * (
            {{ epoch_us(local_midnight("elements.shift_date + interval '1' day", "coalesce(zones.timezone, 'UTC')")) }}
            - {{ epoch_us(local_midnight('elements.shift_date', "coalesce(zones.timezone, 'UTC')")) }}
        ) / 1e6 as calendar_s
    from elements
    left join zones on elements.line_id = zones.line_id
),

factors as (
    select *, {{ oee_factors() }}
    from days
),

figures as (
    select
        line_id,
        site_id,
        shift_date,
        in_shift,
        calendar_s,
        {{ oee_columns() }},
        {{ oee_time_columns() }},
        _source_rows
    from factors
)

select
    figures.*,
    case when calendar_s > 0 then oee_ratio * pbt_s / calendar_s end as teep_ratio
from figures
