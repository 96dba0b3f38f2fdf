{# Time arithmetic is done in whole microseconds (bigint), so that sums are exact in any order. #}

{% macro epoch_us(timestamp) %}{{ return(adapter.dispatch('epoch_us')(timestamp)) }}{% endmacro %}

{% macro spark__epoch_us(timestamp) -%} unix_micros({{ timestamp }}) {%- endmacro %}

{% macro trino__epoch_us(timestamp) -%} cast(round(to_unixtime({{ timestamp }}) * 1e6) as bigint) {%- endmacro %}

{# The UTC day of an instant in microseconds, numbered from 1970: what a join on a range of time is hashed by. #}
{% macro day_number(epoch_us) -%} cast(floor({{ epoch_us }} / 86400e6) as bigint) {%- endmacro %}

{# Midnight of a day, UTC, as a literal. #}
{% macro utc_instant(day) %}{{ return(adapter.dispatch('utc_instant')(day)) }}{% endmacro %}

{% macro spark__utc_instant(day) -%} timestamp '{{ day }} 00:00:00Z' {%- endmacro %}

{% macro trino__utc_instant(day) -%} timestamp '{{ day }} 00:00:00.000000 UTC' {%- endmacro %}

{# An instant as a literal, of text with microseconds, UTC. #}
{% macro instant_literal(text) %}{{ return(adapter.dispatch('instant_literal')(text)) }}{% endmacro %}

{% macro spark__instant_literal(text) -%} timestamp '{{ text }}Z' {%- endmacro %}

{% macro trino__instant_literal(text) -%} timestamp '{{ text }} UTC' {%- endmacro %}

{# The instant at which a day begins in a time zone. #}
{% macro local_midnight(day, timezone) %}{{ return(adapter.dispatch('local_midnight')(day, timezone)) }}{% endmacro %}

{% macro spark__local_midnight(day, timezone) -%} to_utc_timestamp(cast({{ day }} as timestamp), {{ timezone }}) {%- endmacro %}

{% macro trino__local_midnight(day, timezone) -%} with_timezone(cast({{ day }} as timestamp(3)), {{ timezone }}) {%- endmacro %}

{# The number of a date from 1970. #}
{% macro day_count(day) %}{{ return(adapter.dispatch('day_count')(day)) }}{% endmacro %}

{% macro spark__day_count(day) -%} cast(unix_date({{ day }}) as bigint) {%- endmacro %}

{% macro trino__day_count(day) -%} date_diff('day', date '1970-01-01', {{ day }}) {%- endmacro %}
