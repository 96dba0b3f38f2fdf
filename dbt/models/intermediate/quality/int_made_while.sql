{{ config(materialized='table') }}
{#-
    A part was made in the last cycle that its machine had counted before the part was measured: between two part counts
    of the MTConnect agent, or, where there is none, in the interval of production counting. Found by sorting each
    machine's counts and measurements together, so that no measurement meets more than its own machine's instants.
-#}
{%- set limit = var('made_while') -%}

with agent_counts as (
    select devices.machine_id, parts.at_us, min(parts.source_row) as source_row
    from {{ ref('int_mtc_parts') }} as parts
    inner join {{ ref('int_mtc_devices') }} as devices on parts.device_uuid = devices.device_uuid
    where parts.parts > 0 and devices.machine_id is not null
    group by devices.machine_id, parts.at_us
),

cycles as (
    select
        machine_id,
        at_us,
        coalesce(lag(at_us) over (partition by machine_id order by at_us), at_us - {{ limit.cycle_us }}) as from_us,
        at_us as to_us,
        source_row
    from agent_counts
),

instants as (
    select
        machine_id, at_us, 0 as is_measurement,
        case when from_us < at_us - {{ limit.cycle_us }} then at_us - {{ limit.cycle_us }} else from_us end as cycle_from_us,
        to_us as cycle_to_us,
        source_row as cycle_row,
        cast(null as bigint) as interval_from_us,
        cast(null as bigint) as interval_to_us,
        cast(null as {{ dbt.type_string() }}) as interval_row,
        cast(null as {{ dbt.type_string() }}) as measurement
    from cycles
    union all
    select machine_id, start_us, 0, null, null, null, start_us, end_us, source_row, null
    from {{ ref('stg_production_counts') }}
    where total_count > 0
        and {{ near_days('interval_start') }}
    union all
    select machine_id, {{ epoch_us('measured_at') }}, 1, null, null, null, null, null, null, source_row
    from {{ ref('stg_spc_measurements') }}
    where machine_id is not null and {{ near_days('measured_at') }}
        and measured_at is not null
),

latest as (
    select
        machine_id, at_us, is_measurement, measurement,
        {%- for name in ('cycle_from_us', 'cycle_to_us', 'cycle_row', 'interval_from_us', 'interval_to_us', 'interval_row') %}
        last_value({{ name }}) ignore nulls over (
            partition by machine_id order by at_us, is_measurement
            rows between unbounded preceding and current row
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from instants
),

chosen as (
    select
        *,
        case
            when cycle_to_us >= at_us - {{ limit.age_us }} then 'part count'
            when interval_to_us >= at_us - {{ limit.age_us }} then 'production interval'
        end as made_by
    from latest
    where is_measurement = 1
)

select
    measurement,
    machine_id,
    made_by,
    case made_by when 'part count' then cycle_from_us when 'production interval' then interval_from_us end as from_us,
    case
        when made_by = 'part count' then cycle_to_us
        when made_by = 'production interval' and interval_to_us > at_us then at_us
        when made_by = 'production interval' then interval_to_us
    end as to_us,
    case made_by when 'part count' then cycle_row when 'production interval' then interval_row end as made_row
from chosen
