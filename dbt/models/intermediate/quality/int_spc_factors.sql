-- As computed by casparian.kpi.factors and passed by the job; a single value has none.
select n, cast(d2 as double) as d2, cast(d3 as double) as d3, cast(c4 as double) as c4
from (
    values
    {%- for n, factor in var('spc_factors').items() %}
    ({{ n }}, '{{ factor.d2 }}', '{{ factor.d3 }}', '{{ factor.c4 }}'){{ ',' if not loop.last }}
    {%- endfor %}
) as factors (n, d2, d3, c4)
