-- Levels of ISA-95 (IEC 62264-1) as far as the exports tell them: enterprise, site, line (work center), machine (work unit).
with enterprise as (
    select '{{ var("enterprise") }}' as enterprise_id
),

assets as (
    select
        'machine' as level, machine_id as asset_id, 'line' as parent_level, line_id as parent_id,
        machine_name as asset_name, site_id, line_id, machine_id, machine_type, timezone, _source_rows
    from {{ ref('int_machines') }}
    union all
    select
        'line', line_id, 'site', max(site_id), cast(null as {{ dbt.type_string() }}), max(site_id), line_id,
        cast(null as {{ dbt.type_string() }}), cast(null as {{ dbt.type_string() }}), max(timezone),
        {{ collect_distinct('_source_rows') }}
    from {{ ref('int_machines') }}
    where line_id is not null
    group by line_id
    union all
    select
        'site', site_id, 'enterprise', '{{ var("enterprise") }}', cast(null as {{ dbt.type_string() }}), site_id,
        cast(null as {{ dbt.type_string() }}), cast(null as {{ dbt.type_string() }}),
        cast(null as {{ dbt.type_string() }}), max(timezone), {{ collect_distinct('_source_rows') }}
    from {{ ref('int_machines') }}
    where site_id is not null
    group by site_id
)

select
    assets.level,
    assets.asset_id,
    assets.asset_name,
    assets.parent_level,
    assets.parent_id,
    enterprise.enterprise_id,
    assets.site_id,
    assets.line_id,
    assets.machine_id,
    assets.machine_type,
    assets.timezone,
    assets._source_rows
from assets
cross join enterprise
