{# Sums of doubles depend on the order of the rows, which no engine promises; a decimal sum does not. #}

{% macro exact_sum(value) -%} cast(sum(cast({{ value }} as decimal(38, 18))) as double) {%- endmacro %}

{% macro exact_mean(value) -%} ({{ exact_sum(value) }} / count({{ value }})) {%- endmacro %}

{# Unknown (null) in one row makes the sum unknown: it is never silently smaller. #}
{% macro sum_or_unknown(value) -%} case when count({{ value }}) = count(*) then {{ exact_sum(value) }} end {%- endmacro %}
