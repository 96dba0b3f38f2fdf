{# Time arithmetic is done in whole microseconds (bigint), so that sums are exact in any order. #}

{% macro epoch_us(timestamp) %}{{ return(adapter.dispatch('epoch_us')(timestamp)) }}{% endmacro %}

{% macro spark__epoch_us(timestamp) -%} unix_micros({{ timestamp }}) {%- endmacro %}

{% macro trino__epoch_us(timestamp) -%} cast(round(to_unixtime({{ timestamp }}) * 1e6) as bigint) {%- endmacro %}
