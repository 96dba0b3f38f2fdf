{# A text as a literal. #}
{% macro text_literal(text) %}{{ return(adapter.dispatch('text_literal')(text)) }}{% endmacro %}

{% macro spark__text_literal(text) -%} '{{ text | replace('\\', '\\\\') | replace("'", "\\'") }}' {%- endmacro %}

{% macro trino__text_literal(text) -%} '{{ text | replace("'", "''") }}' {%- endmacro %}
