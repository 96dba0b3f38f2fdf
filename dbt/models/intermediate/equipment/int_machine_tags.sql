{{ config(materialized=table_on_spark()) }}

-- A tag belongs to the machine that is its asset; one whose asset is no machine, to every machine of its line.
select
    tags.tag_name,
    tags.tag_alias,
    tags.units,
    machines.machine_id,
    tags.asset_id = machines.machine_id as is_own
from {{ ref('stg_historian_tags') }} as tags
inner join {{ ref('int_machines') }} as machines
    on tags.asset_id = machines.machine_id
union all
select
    tags.tag_name,
    tags.tag_alias,
    tags.units,
    machines.machine_id,
    false as is_own
from {{ ref('stg_historian_tags') }} as tags
inner join {{ ref('int_machines') }} as machines
    on tags.line_id = machines.line_id
left join {{ ref('int_machines') }} as assets
    on tags.asset_id = assets.machine_id
where assets.machine_id is null
