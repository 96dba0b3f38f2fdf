{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with elements as (
    select
        machine_id,
        line_id,
        max(site_id) as site_id,
        shift_date,
        shift,
        sum(pbt_us) / 1e6 as pbt_s,
        sum(apt_us) / 1e6 as apt_s,
        {{ sum_or_unknown('pri_pq_s') }} as pri_pq_s,
        {{ sum_or_unknown('pq') }} as pq,
        {{ sum_or_unknown('gq') }} as gq,
        {{ collect_distinct('missing_inputs') }} as missing_inputs,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from {{ ref('int_oee_elements') }}
    where {{ in_days('shift_date') }}
    group by machine_id, line_id, shift_date, shift
),

stops as (
    select
        downtime.machine_id,
        downtime.line_id,
        downtime.shift_date,
        downtime.shift,
        {%- for name in oee_stop_times() %}
        sum({{ oee_stop_time(name, 'downtime_us') }}) / 1e6 as {{ name }},
        {%- endfor %}
        sum(case when kinds.is_failure and begins_here then 1 else 0 end) as failure_count,
        sum(case when kinds.is_failure and begins_here and not still_open then 1 else 0 end) as repair_count,
        sum(case when kinds.is_failure and begins_here and not still_open then duration_us else 0 end) / 1e6 as repair_s
    from {{ ref('int_downtime_in_shift') }} as downtime
    left join {{ ref('stop_categories') }} as kinds on downtime.category = kinds.category
    where {{ in_days('downtime.shift_date') }}
    group by downtime.machine_id, downtime.line_id, downtime.shift_date, downtime.shift
),

times as (
    select
        elements.*,
        -- without a shift there is no time to lose
        {%- for name in oee_stops() %}
        case when elements.pbt_s is not null then coalesce(stops.{{ name }}, 0) end as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from elements
    left join stops
        on elements.machine_id = stops.machine_id
        and elements.line_id = stops.line_id
        and elements.shift_date = stops.shift_date
        and elements.shift = stops.shift
),

factors as (
    select *, {{ oee_factors() }}
    from times
)

select
    machine_id,
    line_id,
    site_id,
    shift_date,
    shift,
    {{ oee_columns() }},
    {{ oee_time_columns() }},
    missing_inputs,
    _source_rows
from factors
