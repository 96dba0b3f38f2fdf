{# Sums of doubles depend on the order of the rows, which no engine promises; a decimal sum does not. #}

{% macro exact_sum(value) -%} cast(sum(cast({{ value }} as decimal(38, 18))) as double) {%- endmacro %}

{% macro exact_mean(value) -%} ({{ exact_sum(value) }} / count({{ value }})) {%- endmacro %}

{#
    Sums that no order changes, for many rows: decimals cost more than all the rest of a group. A value is cut into three
    numbers of few binary digits each, so that their sums are free of rounding (pre-rounded summation: Demmel and Nguyen,
    Fast reproducible floating-point summation, 2013). Exact to 2^-78 where there are less than 2^20 rows and their
    absolute values sum to less than 2^42; beyond that the last digits may depend on the order.
    pre_rounded: the three sums of a group as columns; the sums of such columns are as good. from_pre_rounded: their total.
#}
{% macro pre_rounded(value, name) -%}
    {%- set first = '((' ~ value ~ ' + 6597069766656e0) - 6597069766656e0)' -%}
    {%- set second = '((' ~ value ~ ' - ' ~ first ~ ' + 384e0) - 384e0)' -%}
    {%- set third = '((' ~ value ~ ' - ' ~ first ~ ' - ' ~ second ~ ' + 2.2351741790771484e-8) - 2.2351741790771484e-8)' -%}
    {%- for part in [first, second, third] -%}
    sum({{ part }}) as {{ name }}_{{ loop.index }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro from_pre_rounded(name, over='') -%}
    (sum({{ name }}_1){{ over }} + (sum({{ name }}_2){{ over }} + sum({{ name }}_3){{ over }}))
{%- endmacro %}

{# Unknown (null) in one row makes the sum unknown: it is never silently smaller. #}
{% macro sum_or_unknown(value) -%} case when count({{ value }}) = count(*) then {{ exact_sum(value) }} end {%- endmacro %}


{# Product of a column over a group, null where there is none; multiplied in order of size, so that it is the same again. #}
{% macro exact_product(value) %}{{ return(adapter.dispatch('exact_product')(value)) }}{% endmacro %}

{% macro spark__exact_product(value) -%}
    case when count({{ value }}) > 0 then
        aggregate(array_sort(collect_list({{ value }})), cast(1 as double), (product, x) -> product * x)
    end
{%- endmacro %}

{% macro trino__exact_product(value) -%}
    case when count({{ value }}) > 0 then
        reduce(array_sort(array_agg({{ value }}) filter (where {{ value }} is not null)), cast(1 as double), (product, x) -> product * x, product -> product)
    end
{%- endmacro %}
