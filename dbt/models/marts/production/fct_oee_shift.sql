{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with elements as (
    select
        line_id,
        max(site_id) as site_id,
        shift_date,
        shift,
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
    group by line_id, shift_date, shift
),

factors as (
    select *, {{ oee_factors() }}
    from elements
)

select
    line_id,
    site_id,
    shift_date,
    shift,
    {{ oee_columns() }},
    {{ oee_time_columns() }},
    _source_rows
from factors
