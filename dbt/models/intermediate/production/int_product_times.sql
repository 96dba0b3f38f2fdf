/*
    Mirrors casparian.kpi.oee.products. A machine's planned busy time is cut at every edge of a count, a stop and a busy
    window; each stretch lies in one window, in one stop or none, and under some counts, which share it as their planned
    run times are to each other. What nobody counted is of no product. A failure is of the product that its machine was on
    when it began; where orders share the hour they share its failures, too.
*/
with followed as (
    select
        *,
        lead(order_id) over (partition by machine_id order by start_us, order_id) as next_order_id,
        lead(start_us) over (partition by machine_id order by start_us, order_id) as next_us
    from {{ ref('int_counts_in_shift') }}
    where {{ touches_days('interval_start', 'interval_end') }}
),

-- between two counts of one order the machine stays on it
counts as (
    select
        machine_id,
        product_id,
        pri_pq_s,
        _source_rows,
        start_us,
        case
            when next_order_id = order_id and next_us > end_us and next_us - end_us <= {{ var('day_us') }} then next_us
            else end_us
        end as until_us
    from followed
),

windows as (
    select shifts.machine_id, shifts.line_id, shifts.shift_date, windows.start_us, windows.end_us
    from {{ ref('fct_oee_machine_shift') }} as shifts
    inner join {{ ref('int_busy_windows') }} as windows
        on shifts.line_id = windows.line_id
        and shifts.shift_date = windows.shift_date
        and shifts.shift = windows.shift
    where {{ in_days('shifts.shift_date') }}
),

stops as (
    select machine_id, line_id, category, from_us, until_us, source_row
    from {{ ref('int_downtime_in_shift') }}
    where until_us > from_us
),

failures as (
    select
        downtime.machine_id,
        downtime.line_id,
        downtime.begun_us,
        count(*) as failure_count,
        sum(case when still_open then 0 else 1 end) as repair_count,
        sum(case when still_open then 0 else duration_us end) / 1e6 as repair_s
    from {{ ref('int_downtime_in_shift') }} as downtime
    inner join {{ ref('stop_categories') }} as kinds on downtime.category = kinds.category
    where kinds.is_failure and downtime.begins_here
    group by downtime.machine_id, downtime.line_id, downtime.begun_us
),

edges as (
    select machine_id, start_us as at_us from windows
    union
    select machine_id, end_us from windows
    union
    select machine_id, start_us from counts
    union
    select machine_id, until_us from counts
    union
    select machine_id, from_us from stops
    union
    select machine_id, until_us from stops
    union
    select machine_id, begun_us from failures
),

stretches as (
    select
        machine_id,
        at_us as start_us,
        lead(at_us) over (partition by machine_id order by at_us) as end_us,
        {{ day_number('at_us') }} as day_number
    from edges
),

-- what may hold a stretch is looked up on the day on which the stretch begins
window_days as (
    select windows.*, day_number
    from windows {{ each_number(day_number('windows.start_us'), day_number('windows.end_us'), 'day_number') }}
),

stop_days as (
    select stops.*, day_number
    from stops {{ each_number(day_number('stops.from_us'), day_number('stops.until_us'), 'day_number') }}
),

count_days as (
    select counts.*, counts.pri_pq_s / ((counts.until_us - counts.start_us) / 1e6) as rate, day_number
    from counts {{ each_number(day_number('counts.start_us'), day_number('counts.until_us'), 'day_number') }}
    where counts.until_us > counts.start_us
),

busy as (
    select
        stretches.machine_id,
        windows.line_id,
        windows.shift_date,
        stretches.start_us,
        (stretches.end_us - stretches.start_us) / 1e6 as busy_s,
        stops.source_row as stop_row,
        stops.category,
        counts.product_id,
        counts.rate,
        case when counts.machine_id is not null and counts.rate is null then
            'no ideal cycle for machine ' || counts.machine_id || ', product ' || coalesce(counts.product_id, '(none)')
        end as lacks,
        coalesce(counts._source_rows, {{ text_array([]) }}) as count_rows
    from stretches
    inner join window_days as windows
        on stretches.machine_id = windows.machine_id
        and stretches.day_number = windows.day_number
        and stretches.start_us >= windows.start_us
        and stretches.start_us < windows.end_us
    left join stop_days as stops
        on windows.machine_id = stops.machine_id
        and windows.line_id = stops.line_id
        and stretches.day_number = stops.day_number
        and stretches.start_us >= stops.from_us
        and stretches.start_us < stops.until_us
    left join count_days as counts
        on stretches.machine_id = counts.machine_id
        and stretches.day_number = counts.day_number
        and stretches.start_us >= counts.start_us
        and stretches.start_us < counts.until_us
),

beside as (
    select
        *,
        count(*) over (partition by machine_id, line_id, start_us) as count_count,
        cast(sum(cast(rate as decimal(38, 18))) over (partition by machine_id, line_id, start_us) as double) as rates,
        min(lacks) over (partition by machine_id, line_id, start_us) as lacking
    from busy
),

shared as (
    select
        *,
        case
            when count_count = 1 then busy_s
            when lacking is not null then null
            when rates > 0 then busy_s * (rate / rates)
            else busy_s / count_count
        end as own_s
    from beside
)

select
    shared.machine_id,
    shared.line_id,
    shared.product_id,
    shared.shift_date,
    {{ sum_or_unknown('own_s') }} as pbt_s,
    {{ sum_or_unknown('case when stop_row is null then own_s else 0 end') }} as apt_s,
    {%- for name in oee_stop_times() %}
    {{ sum_or_unknown('case when stop_row is null then 0 else ' ~ oee_stop_time(name, 'own_s') ~ ' end') }} as {{ name }},
    {%- endfor %}
    {%- for name in ['failure_count', 'repair_count', 'repair_s'] %}
    {{ sum_or_unknown('case when failures.machine_id is null then 0 else failures.' ~ name ~ ' * (own_s / busy_s) end') }} as {{ name }},
    {%- endfor %}
    {{ collect_distinct(text_array(['case when own_s is null then lacking end'])) }} as missing_inputs,
    {{ collect_distinct('concat(count_rows, ' ~ text_array(['stop_row']) ~ ')') }} as _source_rows
from shared
left join {{ ref('stop_categories') }} as kinds on shared.category = kinds.category
left join failures
    on shared.machine_id = failures.machine_id
    and shared.line_id = failures.line_id
    and shared.start_us = failures.begun_us
group by shared.machine_id, shared.line_id, shared.product_id, shared.shift_date
