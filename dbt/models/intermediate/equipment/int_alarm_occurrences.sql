/*
    An occurrence begins with each ACTIVE of its series, whichever files its changes lie in. Changes that stand before
    the first one belong to an occurrence whose beginning nobody exported. Mirrors casparian.kpi.alarms.occurrences_of.
*/
with sighted as (
    select
        *,
        max(case when hides is not null then at_us * 2 + hides end) over (
            partition by alarm order by at_us
            range between unbounded preceding and current row
        ) as last_hides
    from {{ ref('stg_alarms') }}
    where state <> 'EVENT'
        and {{ holds_near_days('silver_equipment.alarms', 'changed_at') }}
),

numbered as (
    select
        *,
        shelved or coalesce(last_hides % 2 = 1, false) as hidden,
        sum(case when state = 'ACTIVE' then 1 else 0 end) over (
            partition by series
            order by at_us, case state when 'ACTIVE' then 0 when 'ACK' then 1 else 2 end, source_row
            rows between unbounded preceding and current row
        ) as occurrence
    from sighted
    where state in ('ACTIVE', 'ACK', 'CLEAR')
)

select
    series,
    occurrence,
    coalesce(min(case when state = 'ACTIVE' then alarm_id end), min(alarm_id)) as alarm_id,
    max(alarm) as alarm,
    max(tag_name) as tag_name,
    max(condition) as condition,
    max(area) as area,
    min(priority) as priority,
    max(message) as message,
    min(case when state = 'ACTIVE' then at_us end) as active_us,
    min(case when state = 'ACK' then at_us end) as acked_us,
    min(case when state = 'CLEAR' then at_us end) as cleared_us,
    count(case when state = 'CLEAR' then 1 end) = 0 as still_open,
    count(case when state = 'ACTIVE' and hidden then 1 end) > 0 as hidden,
    {{ collect_distinct(text_array(['source_row'])) }} as _source_rows
from numbered
group by series, occurrence
