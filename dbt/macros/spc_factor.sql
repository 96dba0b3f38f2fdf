{#
    A factor of control charts (d2, d3) for a subgroup size, as computed by casparian.kpi.factors and passed by the job
    in the variable spc_factors. Null for a size that it does not hold.
#}
{% macro spc_factor(name, subgroup_size) -%}
    case {{ subgroup_size }}
    {%- for size, factors in var('spc_factors').items() %}
        when {{ size }} then cast('{{ factors[name] }}' as double)
    {%- endfor %}
    end
{%- endmacro %}
