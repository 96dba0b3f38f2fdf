{#
    Records by the thousand: a group also goes by the block of 64 records that a row is of (`block_of`), keeps one bit a
    record (`records_of_block`), and names them as one run, '<source_hash>#<first>-<last>', or one by one where others
    lie between them (`names_of_block`).
#}
{% macro block_of(row) -%} {{ row }} - {{ row }} % 64 {%- endmacro %}

{% macro records_of_block(row) %}{{ return(adapter.dispatch('records_of_block')(row)) }}{% endmacro %}

{% macro spark__records_of_block(row) -%} bit_or(shiftleft(1L, cast({{ row }} % 64 as int))) {%- endmacro %}

{% macro trino__records_of_block(row) -%} bitwise_or_agg(bitwise_left_shift(bigint '1', cast({{ row }} % 64 as integer))) {%- endmacro %}

{% macro names_of_block(hash, block, records, first, last) %}{{ return(adapter.dispatch('names_of_block')(hash, block, records, first, last)) }}{% endmacro %}

{% macro spark__names_of_block(hash, block, records, first, last) -%}
    case
        when {{ first }} = {{ last }} then array({{ hash }} || '#' || {{ first }})
        when bit_count({{ records }}) = {{ last }} - {{ first }} + 1 then array({{ hash }} || '#' || {{ first }} || '-' || {{ last }})
        else transform(
            filter(sequence(0, 63), bit -> shiftright({{ records }}, bit) & 1 = 1),
            bit -> {{ hash }} || '#' || ({{ block }} + bit)
        )
    end
{%- endmacro %}

{% macro trino__names_of_block(hash, block, records, first, last) -%}
    case
        when {{ first }} = {{ last }} then array[{{ hash }} || '#' || cast({{ first }} as varchar)]
        when bit_count({{ records }}, 64) = {{ last }} - {{ first }} + 1
            then array[{{ hash }} || '#' || cast({{ first }} as varchar) || '-' || cast({{ last }} as varchar)]
        else transform(
            filter(sequence(0, 63), bit -> bitwise_and(bitwise_right_shift({{ records }}, cast(bit as integer)), 1) = 1),
            bit -> {{ hash }} || '#' || cast({{ block }} + bit as varchar)
        )
    end
{%- endmacro %}
