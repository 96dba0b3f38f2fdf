{#
    Time elements (ISO 22400-2) and the ratios taken from them, out of a CTE with pbt_s, apt_s, pri_pq_s, pq, gq and
    missing_inputs (array of sentences). Mirrors casparian.kpi.oee.ratios: null where there is nothing to divide by, and
    then `missing` says why; a factor of zero makes OEE zero even where a later factor has no meaning.
#}
{% macro oee_columns() %}
    pbt_s,
    apt_s,
    pri_pq_s,
    pq,
    gq,
    availability_ratio,
    effectiveness_ratio,
    quality_ratio,
    case
        when availability_ratio = 0 or (availability_ratio is not null and effectiveness_ratio = 0) then cast(0 as double)
        else availability_ratio * effectiveness_ratio * quality_ratio
    end as oee_ratio,
    nullif(
        case
            when cardinality(missing_inputs) > 0 then array_join(missing_inputs, '; ')
            when not coalesce(pbt_s, 0) > 0 then 'no planned busy time'
            else array_join({{ text_array([
                "case when apt_s <= 0 then 'no production time' end",
                "case when pq <= 0 then 'nothing produced' end",
            ]) }}, '; ')
        end,
        ''
    ) as missing
{% endmacro %}

{# The three factors of a CTE with time elements, to be selected beside its columns. #}
{% macro oee_factors() %}
    case when pbt_s > 0 then apt_s / pbt_s end as availability_ratio,
    case when apt_s > 0 then pri_pq_s / apt_s end as effectiveness_ratio,
    case when pq > 0 then gq / pq end as quality_ratio
{% endmacro %}

{# What stops take of planned busy time, by their category (the seed stop_categories). #}
{% macro oee_stop_times() %}
    {{ return(['setup_s', 'delay_s', 'down_s', 'breakdown_s', 'minor_stop_s']) }}
{% endmacro %}

{# These, and the failures among the stops. #}
{% macro oee_stops() %}
    {{ return(oee_stop_times() + ['failure_count', 'repair_count', 'repair_s']) }}
{% endmacro %}

{# The seconds of stops of each kind, out of `value` (seconds) and a row `kinds` of stop_categories, null for others. #}
{% macro oee_stop_time(name, value) -%}
    case when {{ {
        'setup_s': "kinds.time_element = 'AUST'",
        'delay_s': "coalesce(kinds.time_element, 'ADET') = 'ADET'",
        'down_s': "kinds.time_element = 'ADOT'",
        'breakdown_s': "kinds.loss = 'breakdown'",
        'minor_stop_s': "kinds.loss = 'minor_stop'",
    }[name] }} then {{ value }} else 0 end
{%- endmacro %}

{#
    Times, losses and indicators out of a CTE with time elements, stops and factors. Mirrors casparian.kpi.oee: times,
    indicators, big_losses and reliability.
#}
{% macro oee_time_columns() %}
    {%- for name in oee_stops() %}
    {{ name }},
    {%- endfor %}
    pbt_s - apt_s - setup_s - breakdown_s - minor_stop_s as other_stop_s,
    apt_s - pri_pq_s as reduced_speed_s,
    case when pq > 0 then pri_pq_s * ((pq - gq) / pq) when pq = 0 then pri_pq_s * 0 end as reject_s,
    case
        when pbt_s > 0 and (apt_s + setup_s = 0 or effectiveness_ratio = 0) then cast(0 as double)
        when pbt_s > 0 then (apt_s + setup_s) / pbt_s * effectiveness_ratio * quality_ratio
    end as nee_ratio,
    case when apt_s + setup_s + delay_s > 0 then apt_s / (apt_s + setup_s + delay_s) end as utilization_ratio,
    case when pbt_s > 0 then (apt_s + setup_s + delay_s) / pbt_s end as allocation_ratio,
    case when apt_s + delay_s > 0 then apt_s / (apt_s + delay_s) end as technical_efficiency_ratio,
    case when apt_s + setup_s > 0 then setup_s / (apt_s + setup_s) end as setup_ratio,
    case when failure_count > 0 then apt_s / failure_count end as mtbf_s,
    case when repair_count > 0 then repair_s / repair_count end as mttr_s
{% endmacro %}
