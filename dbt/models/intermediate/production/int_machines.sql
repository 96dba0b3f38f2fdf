-- A machine that counts but is not in the master list is a machine all the same.
with counted as (
    select
        machine_id,
        max(site_id) as site_id,
        max(line_id) as line_id
    from {{ ref('stg_production_counts') }}
    group by machine_id
)

select
    coalesce(machines.machine_id, counted.machine_id) as machine_id,
    machines.machine_name,
    coalesce(machines.site_id, counted.site_id) as site_id,
    coalesce(machines.line_id, counted.line_id) as line_id,
    machines.machine_type,
    machines.timezone,
    {{ text_array(['machines.source_row']) }} as _source_rows
from {{ ref('stg_machines') }} as machines
full outer join counted on machines.machine_id = counted.machine_id
