-- As computed by casparian.kpi.factors and passed by the job; a single value has none.
{%- set factors = var('spc_factors') %}
{%- for n, factor in factors.items() %}
select
    {{ n }} as n,
    cast('{{ factor.d2 }}' as double) as d2,
    cast('{{ factor.d3 }}' as double) as d3,
    cast('{{ factor.c4 }}' as double) as c4
{{ 'union all' if not loop.last }}
{%- endfor %}
