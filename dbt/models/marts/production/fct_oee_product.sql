{{
    config(
        materialized='incremental', incremental_strategy='replace_days',
        day_column='shift_date', partition_by=['shift_date'],
    )
}}

with told as (
    select
        line_id, product_id, shift_date,
        true as in_shift,
        cast(null as {{ dbt.type_string() }}) as site_id,
        pbt_s, apt_s,
        {{ oee_stops() | join(', ') }},
        cast(0 as double) as pri_pq_s,
        cast(0 as double) as pq,
        cast(0 as double) as gq,
        missing_inputs, _source_rows
    from {{ ref('int_product_times') }}
    where {{ in_days('shift_date') }}
    union all
    select
        line_id, product_id, shift_date,
        shift is not null,
        site_id,
        -- without a shift there is no planned time, neither zero nor more
        {%- for _ in ['pbt_s', 'apt_s'] + oee_stops() %}
        case when shift is not null then 0 end,
        {%- endfor %}
        pri_pq_s, total_count, good_count,
        missing_inputs, _source_rows
    from {{ ref('int_counts_in_shift') }}
    where {{ near_days('interval_start') }} and {{ in_days('shift_date') }}
),

-- what planned the day is behind each of its products
day_rows as (
    select line_id, shift_date, {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
    from (
        select line_id, shift_date, source_row from {{ ref('stg_shift_calendar') }} where {{ in_days('shift_date') }}
        union all
        select line_id, shift_date, source_row from {{ ref('int_planned_stops_in_shift') }} where {{ in_days('shift_date') }}
    ) as planned
    group by line_id, shift_date
),

sites as (
    select line_id, max(site_id) as site_id
    from {{ ref('stg_machines') }}
    group by line_id
),

-- no product has calendar time of its own: each is set against that of the whole line
days as (
    select line_id, shift_date, calendar_s
    from {{ ref('fct_oee_day') }}
    where in_shift and {{ in_days('shift_date') }}
),

elements as (
    select
        line_id,
        max(site_id) as site_id,
        product_id,
        shift_date,
        in_shift,
        {%- for name in ['pbt_s', 'apt_s', 'pri_pq_s', 'pq', 'gq'] + oee_stops() %}
        {{ sum_or_unknown(name) }} as {{ name }},
        {%- endfor %}
        {{ collect_distinct('missing_inputs') }} as missing_inputs,
        {{ collect_distinct('_source_rows') }} as _source_rows
    from told
    group by line_id, product_id, shift_date, in_shift
),

factors as (
    select *, {{ oee_factors() }}
    from elements
),

figures as (
    select
        line_id,
        site_id,
        product_id,
        shift_date,
        in_shift,
        {{ oee_columns() }},
        {{ oee_time_columns() }},
        _source_rows
    from factors
)

select
    figures.line_id,
    coalesce(figures.site_id, sites.site_id) as site_id,
    product_id,
    figures.shift_date,
    in_shift,
    {%- for name in [
        'pbt_s', 'apt_s', 'pri_pq_s', 'pq', 'gq', 'availability_ratio', 'effectiveness_ratio', 'quality_ratio', 'oee_ratio',
        'missing',
    ] + oee_stops() + [
        'other_stop_s', 'reduced_speed_s', 'reject_s', 'nee_ratio', 'utilization_ratio', 'allocation_ratio',
        'technical_efficiency_ratio', 'setup_ratio', 'mtbf_s', 'mttr_s',
    ] %}
    {{ name }},
    {%- endfor %}
    days.calendar_s,
    case when days.calendar_s > 0 then oee_ratio * figures.pbt_s / days.calendar_s end as teep_contribution_ratio,
    array_sort(array_distinct(concat(figures._source_rows, coalesce(day_rows._source_rows, figures._source_rows)))) as _source_rows
from figures
left join sites on figures.line_id = sites.line_id
left join day_rows
    on figures.line_id = day_rows.line_id
    and figures.shift_date = day_rows.shift_date
    and figures.in_shift
left join days
    on figures.line_id = days.line_id
    and figures.shift_date = days.shift_date
    and figures.in_shift
