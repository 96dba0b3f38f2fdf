{#
    The share of a normal distribution beyond z sigmas on one side, 1 - Phi(z), for a column of doubles. No engine is
    asked for an error function (Spark has none): below 4 sigmas the rational function of Hart et al. (Computer
    Approximations, 1968, no. 5666), beyond them 16 steps of the continued fraction of Laplace. Relative error below
    5e-11 up to 37 sigmas, where double precision ends; null for null.
#}
{% macro normal_beyond(z) -%}
    case
        when {{ z }} >= 4 then {{ _far_beyond(z) }}
        when {{ z }} >= 0 then {{ _near_beyond(z) }}
        when {{ z }} > -4 then 1 - {{ _near_beyond('(-' ~ z ~ ')') }}
        when {{ z }} <= -4 then 1 - {{ _far_beyond('(-' ~ z ~ ')') }}
    end
{%- endmacro %}

{% macro _near_beyond(z) -%}
    exp(-{{ z }} * {{ z }} / 2)
        * {{ polynomial(z, [0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931, 220.206867912376]) }}
        / {{ polynomial(z, [0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752]) }}
{%- endmacro %}

{% macro _far_beyond(z) -%}
    exp(-{{ z }} * {{ z }} / 2) / cast('2.5066282746310002' as double) / (
        {%- for step in range(1, 17) %}{{ z }} + {{ step }} / ({% endfor %}{{ z }} + cast('0.65' as double){{ ')' * 17 }}
{%- endmacro %}

{# By Horner's rule, the highest power first. #}
{% macro polynomial(x, coefficients) -%}
    {{ '(' * (coefficients | length) }}
    {%- for each in coefficients -%}
    cast('{{ each }}' as double)){{ ' * ' ~ x ~ ' + ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
