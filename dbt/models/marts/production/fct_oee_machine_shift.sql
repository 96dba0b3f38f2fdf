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
    group by machine_id, line_id, shift_date, shift
),

factors as (
    select *, {{ oee_factors() }}
    from elements
)

select
    machine_id,
    line_id,
    site_id,
    shift_date,
    shift,
    {{ oee_columns() }},
    missing_inputs,
    _source_rows
from factors
