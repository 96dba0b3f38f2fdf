{# Hours and days as numbers from 1970 in UTC, and back. #}

{# What a join on a range of time is hashed by where a day holds too much. #}
{% macro hour_number(epoch_us) -%} cast(floor(({{ epoch_us }}) / 3600e6) as bigint) {%- endmacro %}

{# The date of a day's number. #}
{% macro date_of_day(number) %}{{ return(adapter.dispatch('date_of_day')(number)) }}{% endmacro %}

{% macro spark__date_of_day(number) -%} date_add(date '1970-01-01', cast({{ number }} as int)) {%- endmacro %}

{% macro trino__date_of_day(number) -%} date_add('day', {{ number }}, date '1970-01-01') {%- endmacro %}

{# The instant of microseconds, UTC; Trino's Delta tables hold milliseconds. #}
{% macro instant_of(epoch_us) %}{{ return(adapter.dispatch('instant_of')(epoch_us)) }}{% endmacro %}

{% macro spark__instant_of(epoch_us) -%} timestamp_micros({{ epoch_us }}) {%- endmacro %}

{% macro trino__instant_of(epoch_us) -%} cast(from_unixtime_nanos({{ epoch_us }} * 1000) as timestamp(3) with time zone) {%- endmacro %}
