{# Arrays of text: built, flattened over a group, joined. Nulls are left out, order is fixed. #}

{% macro text_array(items) %}{{ return(adapter.dispatch('text_array')(items)) }}{% endmacro %}

{% macro spark__text_array(items) -%}
    {%- if not items -%} cast(array() as array<string>) {%- else -%}
    filter(array({% for item in items %}cast({{ item }} as string){{ ', ' if not loop.last }}{% endfor %}), x -> x is not null)
    {%- endif -%}
{%- endmacro %}

{% macro trino__text_array(items) -%}
    {%- if not items -%} cast(array[] as array(varchar)) {%- else -%}
    filter(array[{% for item in items %}cast({{ item }} as varchar){{ ', ' if not loop.last }}{% endfor %}], x -> x is not null)
    {%- endif -%}
{%- endmacro %}


{# The distinct items of an array column over a group, sorted. #}
{% macro collect_distinct(arrays) %}{{ return(adapter.dispatch('collect_distinct')(arrays)) }}{% endmacro %}

{% macro spark__collect_distinct(arrays) -%} array_sort(array_distinct(flatten(collect_list({{ arrays }})))) {%- endmacro %}

{% macro trino__collect_distinct(arrays) -%}
    array_sort(array_distinct(flatten(array_agg({{ arrays }}) filter (where {{ arrays }} is not null))))
{%- endmacro %}


{# Whether an array holds an item. #}
{% macro has_item(items, item) %}{{ return(adapter.dispatch('has_item')(items, item)) }}{% endmacro %}

{% macro spark__has_item(items, item) -%} array_contains({{ items }}, {{ item }}) {%- endmacro %}

{% macro trino__has_item(items, item) -%} contains({{ items }}, {{ item }}) {%- endmacro %}
