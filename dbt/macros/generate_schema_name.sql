{# A table's address is <layer>_<domain>.<table> in every engine, so a custom schema stands as it is. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
