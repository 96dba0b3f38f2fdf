{#
    What names a control chart: the measuring system, the characteristic, the machine that made the parts (empty where
    the export names none) and the kind of chart.
#}
{% macro spc_chart_key(prefix='') -%}
    {%- for column in ['source_format', 'part_number', 'feature', 'machine_id', 'chart'] -%}
    {{ prefix }}{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# The condition of a join on it. #}
{% macro spc_same_chart(left, right) -%}
    {%- for column in ['source_format', 'part_number', 'feature', 'machine_id', 'chart'] -%}
    {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#
    c4 of large subgroups, by the asymptotic series of Gamma(x + 1/2) / Gamma(x) at x = (n - 1) / 2; from n = 101 on all
    digits of a double.
#}
{% macro c4_of_large(n) -%}
    {%- set x = '(2.0e0 / (' ~ n ~ ' - 1))' -%}
    (1 + {{ x }} * (-1 / 8e0 + {{ x }} * (1 / 128e0 + {{ x }} * (5 / 1024e0 + {{ x }} * (-21 / 32768e0 + {{ x }} * (-399 / 262144e0 + {{ x }} * 869 / 4194304e0))))))
{%- endmacro %}

{#
    What the rules of runs look at, as in casparian.kpi.spc.rules. Counted in the last so many points: how many of them
    lie beyond a line.
#}
{% macro spc_counts() %}
    {{ return({
        'above_2_of_3': ('above_2', 3), 'below_2_of_3': ('below_2', 3),
        'above_1_of_5': ('above_1', 5), 'below_1_of_5': ('below_1', 5),
    }) }}
{% endmacro %}

{# How many points in a row, up to this one, are so. #}
{% macro spc_streaks() %}
    {{ return(['above_0', 'below_0', 'rising', 'falling', 'turning', 'inside', 'outside', 'not_above_1', 'not_below_1']) }}
{% endmacro %}

{# Each rule → when the run that ends at a point breaks it. #}
{% macro spc_western_electric() %}
    {{ return({
        'WE1': 'above_3 = 1 or below_3 = 1',
        'WE2': 'above_2_of_3 >= 2 or below_2_of_3 >= 2',
        'WE3': 'above_1_of_5 >= 4 or below_1_of_5 >= 4',
        'WE4': 'above_0_streak >= 8 or below_0_streak >= 8',
    }) }}
{% endmacro %}

{% macro spc_nelson() %}
    {{ return({
        'N1': 'above_3 = 1 or below_3 = 1',
        'N2': 'above_0_streak >= 9 or below_0_streak >= 9',
        'N3': 'rising_streak >= 5 or falling_streak >= 5',
        'N4': 'turning_streak >= 12',
        'N5': 'above_2_of_3 >= 2 or below_2_of_3 >= 2',
        'N6': 'above_1_of_5 >= 4 or below_1_of_5 >= 4',
        'N7': 'inside_streak >= 15',
        'N8': 'outside_streak >= 8 and not_above_1_streak < 8 and not_below_1_streak < 8',
    }) }}
{% endmacro %}

{# Each rule → its name where it is broken, null where not. #}
{% macro spc_names(rules) %}
    {%- set found = [] -%}
    {%- for name, broken in rules.items() -%} {%- do found.append("case when " ~ broken ~ " then '" ~ name ~ "' end") -%} {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
