{# '<source_hash>#<row>': one record of one file, as `casparian explain` reads it. #}
{% macro source_row() -%} _source_hash || '#' || cast(_source_row as {{ dbt.type_string() }}) {%- endmacro %}
