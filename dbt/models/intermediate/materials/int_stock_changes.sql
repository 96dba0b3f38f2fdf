/*
    What each movement does to the stock of each place that it touches. Periods are numbered by the counts of the stock:
    what moves at the instant of a count moves after it.
*/
with changes as (
    select
        material_id, to_location as location, at_us, unit, quantity, source_row,
        case role when 'transfer' then 'moved_in' else role end as flow
    from {{ ref('stg_material_movements') }}
    where role in ('receipt', 'production', 'transfer')
        and to_location is not null
    union all
    select
        material_id, from_location, at_us, unit, quantity, source_row,
        case role when 'transfer' then 'moved_out' else role end
    from {{ ref('stg_material_movements') }}
    where role in ('issue', 'scrap', 'shipment', 'transfer')
        and from_location is not null
    union all
    select material_id, coalesce(to_location, from_location), at_us, unit, quantity, source_row, role
    from {{ ref('stg_material_movements') }}
    where role = 'count'
        and coalesce(to_location, from_location) is not null
)

select
    *,
    -- lots that are counted at one instant are one count
    coalesce(max(case when flow = 'count' then at_us end) over (
        partition by material_id, location order by at_us
        range between unbounded preceding and current row
    ), -1) as period_us
from changes
