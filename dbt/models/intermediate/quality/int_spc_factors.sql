-- As computed by casparian.kpi.factors and passed by the job; a single value has none.
select n, d2, d3, c4
from (
    values
    {%- for n, factor in var('spc_factors').items() %}
    ({{ n }}, cast('{{ factor.d2 }}' as double), cast('{{ factor.d3 }}' as double), cast('{{ factor.c4 }}' as double)){{ ',' if not loop.last }}
    {%- endfor %}
) as factors (n, d2, d3, c4)
