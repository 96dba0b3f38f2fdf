-- A characteristic's specification as its measurements state it, from the first measurement that states it to the next other.
{%- set characteristic = 'source_format, part_number, feature' %}
{%- set in_time = 'partition by ' ~ characteristic ~ ' order by measured_at nulls last, file_row' %}

with measured as (
    select
        *,
        row_number() over ({{ in_time }}) as place,
        {%- for column in ['nominal', 'usl', 'lsl', 'units'] %}
        lag({{ column }}) over ({{ in_time }}) as {{ column }}_before{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('stg_spc_measurements') }}
),

counted as (
    select
        *,
        sum(case
            when place = 1
                {%- for column in ['nominal', 'usl', 'lsl', 'units'] %}
                or {{ column }} is distinct from {{ column }}_before
                {%- endfor %} then 1
            else 0
        end) over ({{ in_time }} rows between unbounded preceding and current row) as version
    from measured
),

versions as (
    select
        {{ characteristic }},
        version,
        min(measured_at) as valid_from,
        max(nominal) as nominal,
        max(usl) as usl,
        max(lsl) as lsl,
        max(units) as units,
        max(characteristic_type) as characteristic_type,
        min_by(source_row, place) as source_row
    from counted
    group by {{ characteristic }}, version
),

-- planned and never measured: the definition alone
planned as (
    select defined.*
    from {{ ref('stg_spc_characteristics') }} as defined
    left join versions
        on defined.source_format = versions.source_format
        and defined.part_number = versions.part_number
        and defined.feature = versions.feature
    where versions.feature is null
),

every as (
    select
        {{ characteristic }}, version, valid_from, nominal, usl, lsl, units, characteristic_type, source_row
    from versions
    union all
    select
        {{ characteristic }}, cast(1 as bigint), cast(null as timestamp), nominal, usl, lsl, units, characteristic_type, source_row
    from planned
)

select
    every.source_format,
    every.part_number,
    every.feature,
    every.version,
    coalesce(every.characteristic_type, defined.characteristic_type) as characteristic_type,
    defined.specification,
    defined.criticality,
    every.units,
    every.nominal,
    every.usl,
    every.lsl,
    every.valid_from,
    lead(every.valid_from) over (partition by every.source_format, every.part_number, every.feature order by every.version) as valid_to,
    {{ text_array(['every.source_row', 'defined.source_row']) }} as _source_rows
from every
left join {{ ref('stg_spc_characteristics') }} as defined
    on every.source_format = defined.source_format
    and every.part_number = defined.part_number
    and every.feature = defined.feature
