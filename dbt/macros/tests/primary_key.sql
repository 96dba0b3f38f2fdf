{#
    The columns together name one row: no two rows share them, and none of them is null save those said to be nullable
    (a null is then a value like another). One query a key.
#}
{% test primary_key(model, columns, nullable=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- for column in columns if column not in nullable %}
    or {{ column }} is null
{%- endfor %}
{% endtest %}
