{#
    Records by the thousand: a group also goes by the block of 62 records that a row is of (`block_of`; so many bits of a
    bigint need no sign), keeps one bit a record (`records_of_block`), and names them as one run,
    '<source_hash>#<first>-<last>', or one by one where others lie between them (`names_of_block`).
    first_of_block: the row of the first record.
#}
{% macro block_of(row) -%} {{ row }} - {{ row }} % 62 {%- endmacro %}

{% macro records_of_block(row) %}{{ return(adapter.dispatch('records_of_block')(row)) }}{% endmacro %}

{% macro spark__records_of_block(row) -%} bit_or(shiftleft(1L, cast({{ row }} % 62 as int))) {%- endmacro %}

{% macro trino__records_of_block(row) -%} bitwise_or_agg(bitwise_left_shift(bigint '1', cast({{ row }} % 62 as integer))) {%- endmacro %}

{# By the lowest bit: as many lie below it as one less than it has. #}
{% macro first_of_block(block, records) %}{{ return(adapter.dispatch('first_of_block')(block, records)) }}{% endmacro %}

{% macro spark__first_of_block(block, records) -%} {{ block }} + bit_count(({{ records }} & -{{ records }}) - 1) {%- endmacro %}

{% macro trino__first_of_block(block, records) -%} {{ block }} + bit_count(bitwise_and({{ records }}, -{{ records }}) - 1, 64) {%- endmacro %}

{# first: the row of the first record. Records are in a row where their lowest bit, added to them, carries beyond all of them. #}
{% macro names_of_block(hash, block, records, first) %}{{ return(adapter.dispatch('names_of_block')(hash, block, records, first)) }}{% endmacro %}

{% macro spark__names_of_block(hash, block, records, first) -%}
    case
        when bit_count({{ records }}) = 1 then array({{ hash }} || '#' || {{ first }})
        when {{ records }} & ({{ records }} + ({{ records }} & -{{ records }})) = 0
            then array({{ hash }} || '#' || {{ first }} || '-' || ({{ first }} + bit_count({{ records }}) - 1))
        else transform(
            filter(sequence(0, 61), bit -> shiftright({{ records }}, bit) & 1 = 1),
            bit -> {{ hash }} || '#' || ({{ block }} + bit)
        )
    end
{%- endmacro %}

{% macro trino__names_of_block(hash, block, records, first) -%}
    case
        when bit_count({{ records }}, 64) = 1 then array[{{ hash }} || '#' || cast({{ first }} as varchar)]
        when bitwise_and({{ records }}, {{ records }} + bitwise_and({{ records }}, -{{ records }})) = 0
            then array[{{ hash }} || '#' || cast({{ first }} as varchar) || '-' || cast({{ first }} + bit_count({{ records }}, 64) - 1 as varchar)]
        else transform(
            filter(sequence(0, 61), bit -> bitwise_and(bitwise_right_shift({{ records }}, cast(bit as integer)), 1) = 1),
            bit -> {{ hash }} || '#' || cast({{ block }} + bit as varchar)
        )
    end
{%- endmacro %}
