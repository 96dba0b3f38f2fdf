-- Western Electric: a rule is broken at the last point of a run, which may start with the chart.
{% set rules = {'WE2': (2, 3, 2), 'WE3': (4, 5, 1), 'WE4': (8, 8, 0)} -%}
with points as (
    select
        subgroups.part_number,
        subgroups.feature,
        subgroups.machine_id,
        subgroups.subgroup,
        subgroups.measured_at,
        subgroups.xbar,
        subgroups.range_value,
        subgroups._source_rows,
        limits.center,
        limits.sigma / sqrt(limits.subgroup_size) as sigma_xbar,
        limits.range_ucl,
        limits.range_lcl
    from {{ ref('int_spc_subgroups') }} as subgroups
    inner join {{ ref('spc_control_limits') }} as limits
        on subgroups.part_number = limits.part_number
        and subgroups.feature = limits.feature
        and subgroups.machine_id = limits.machine_id
),

runs as (
    select
        *,
        {%- for rule, (needed, length, reach) in rules.items() %}
        {%- for side, sign in {'above': '+', 'below': '-'}.items() %}
        sum(case when xbar {{ '>' if side == 'above' else '<' }} center {{ sign }} {{ reach }} * sigma_xbar then 1 else 0 end) over (
            partition by part_number, feature, machine_id order by subgroup
            rows between {{ length - 1 }} preceding and current row
        ) as {{ rule | lower }}_{{ side }}{{ ',' if not (loop.last and rule == 'WE4') }}
        {%- endfor %}
        {%- endfor %}
    from points
),

judged as (
    select
        *,
        array_join({{ text_array([
            "case when xbar > center + 3 * sigma_xbar or xbar < center - 3 * sigma_xbar then 'WE1' end",
            "case when we2_above >= 2 or we2_below >= 2 then 'WE2' end",
            "case when we3_above >= 4 or we3_below >= 4 then 'WE3' end",
            "case when we4_above >= 8 or we4_below >= 8 then 'WE4' end",
            "case when range_value > range_ucl or range_value < range_lcl then 'R1' end",
        ]) }}, ',') as rules
    from runs
)

select
    part_number,
    feature,
    machine_id,
    subgroup,
    measured_at,
    xbar,
    range_value,
    rules,
    rules <> '' as violated,
    _source_rows
from judged
