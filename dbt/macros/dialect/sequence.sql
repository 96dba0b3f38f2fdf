{# Goes behind the table of a FROM clause: a row for each whole number from first to last, in column `name`. #}
{% macro each_number(first, last, name) %}{{ return(adapter.dispatch('each_number')(first, last, name)) }}{% endmacro %}

{% macro spark__each_number(first, last, name) -%} lateral view explode(sequence({{ first }}, {{ last }})) numbers as {{ name }} {%- endmacro %}

{% macro trino__each_number(first, last, name) -%} cross join unnest(sequence({{ first }}, {{ last }})) as numbers ({{ name }}) {%- endmacro %}
