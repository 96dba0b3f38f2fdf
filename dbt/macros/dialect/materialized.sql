{#
    How a model is kept that several marts read: as a table on Spark, which plans and computes a view anew each time that it
    is asked for; as the view that it always was on Trino, which cannot put a table in the place of a view.
#}
{% macro table_on_spark() -%} {{ return('table' if target.type == 'spark' else 'view') }} {%- endmacro %}
