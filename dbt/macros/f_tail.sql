{#
    p of an F test: P(F > f) with df1 and df2 degrees of freedom (of Student's t two-sided: f = t * t, df1 = 1). Columns
    or numbers, not expressions: each is named often. Null where one of them is.

    With x = sin^2 the incomplete beta function is an integral of sin^(df1 - 1) cos^(df2 - 1), here by Simpson's rule over
    1,000 steps for the tail and for the whole, each divided by the highest value so that no power leaves the doubles.
    Eight digits up to 1,000 degrees of freedom. Mirrors scipy.special.fdtrc, which casparian.kpi asks.
#}
{% macro f_tail(f, df1, df2) -%}
    case when {{ f }} is not null and {{ df1 }} > 0 and {{ df2 }} > 0 then
        (pi() / 2 - atan(sqrt({{ f }} * {{ df1 }} / {{ df2 }})))
        * {{ simpson('atan(sqrt(' ~ f ~ ' * ' ~ df1 ~ ' / ' ~ df2 ~ '))', df1, df2) }}
        / (pi() / 2 * {{ simpson('cast(0 as double)', df1, df2) }})
    end
{%- endmacro %}

{# Simpson's sum of the powers from an angle to a right angle, without the length of the step. #}
{% macro simpson(from_angle, df1, df2) -%}
    {%- set angle -%} ({{ from_angle }} + (pi() / 2 - {{ from_angle }}) * i / 1000e0) {%- endset -%}
    {%- set of_sine -%} case when {{ df1 }} > 1 then ({{ df1 }} - 1) * ln(greatest(sin({{ angle }}), 1e-300) * sqrt(({{ df1 }} + {{ df2 }} - 2) / cast({{ df1 }} - 1 as double))) else 0e0 end {%- endset -%}
    {%- set of_cosine -%} case when {{ df2 }} > 1 then ({{ df2 }} - 1) * ln(greatest(cos({{ angle }}), 1e-300) * sqrt(({{ df1 }} + {{ df2 }} - 2) / cast({{ df2 }} - 1 as double))) else 0e0 end {%- endset -%}
    {{ sum_of_terms(1000, 'case when i in (0, 1000) then 1e0 when i % 2 = 1 then 4e0 else 2e0 end * exp(' ~ of_sine ~ ' + ' ~ of_cosine ~ ')') }}
{%- endmacro %}
