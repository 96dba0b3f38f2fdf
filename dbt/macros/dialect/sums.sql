{# A sum over whole numbers from 0 to last, within a row: `term` is an expression of the number i. #}
{% macro sum_of_terms(last, term) %}{{ return(adapter.dispatch('sum_of_terms')(last, term)) }}{% endmacro %}

{% macro spark__sum_of_terms(last, term) -%}
    aggregate(sequence(0, {{ last }}), cast(0 as double), (total, i) -> total + {{ term }})
{%- endmacro %}

{% macro trino__sum_of_terms(last, term) -%}
    reduce(sequence(0, {{ last }}), cast(0 as double), (total, i) -> total + {{ term }}, total -> total)
{%- endmacro %}


{# A mean over a window that is the same in any order of the rows. #}
{% macro exact_mean_over(value, partition) -%}
    (cast(sum(cast({{ value }} as decimal(38, 18))) over (partition by {{ partition }}) as double) / count({{ value }}) over (partition by {{ partition }}))
{%- endmacro %}

{# An estimated variance that came out negative is 0; null stays null (greatest() differs between engines there). #}
{% macro not_below_0(value) -%} case when {{ value }} < 0 then 0e0 else {{ value }} end {%- endmacro %}
