{# Sums of doubles depend on the order of the rows, which no engine promises; a decimal sum does not. #}

{% macro exact_sum(value) -%} cast(sum(cast({{ value }} as decimal(38, 18))) as double) {%- endmacro %}

{% macro exact_mean(value) -%} ({{ exact_sum(value) }} / count({{ value }})) {%- endmacro %}

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
