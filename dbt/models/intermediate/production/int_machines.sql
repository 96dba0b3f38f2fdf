{{ config(materialized='table') }}

{# What was heard on the days that are not built anew is in the dimension that was made of it. #}
{%- set known = adapter.get_relation(this.database, 'gold_production', 'dim_asset') if execute else none -%}

-- A machine that counts but is not in the master list is a machine all the same; where both tell, the list holds.
with told as (
    select
        machine_id, machine_name, site_id, line_id, machine_type, timezone, source_row,
        cast(null as {{ dbt.type_string() }}) as site_heard,
        cast(null as {{ dbt.type_string() }}) as line_heard
    from {{ ref('stg_machines') }}
    union all
    select machine_id, null, null, null, null, null, null, max(site_id), max(line_id)
    from {{ ref('stg_production_counts') }}
    where {{ 'interval_start is not null' if builds_everything() or not known else near_days('interval_start') }}
    group by machine_id
    {%- if known and not builds_everything() %}
    union all
    select machine_id, null, null, null, null, null, null, site_id, line_id
    from {{ known }}
    where level = 'machine'
    {%- endif %}
)

select
    machine_id,
    max(machine_name) as machine_name,
    coalesce(max(site_id), max(site_heard)) as site_id,
    coalesce(max(line_id), max(line_heard)) as line_id,
    max(machine_type) as machine_type,
    max(timezone) as timezone,
    {{ text_array(['max(source_row)']) }} as _source_rows
from told
group by machine_id
