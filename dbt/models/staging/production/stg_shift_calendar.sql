{{ config(materialized=table_on_spark(), file_format='parquet' if target.type == 'spark' else none) }}

-- Where shifts of a line overlap (hand-over), the one that began first has the time: nothing is planned or counted twice.
with shifts as (
    select
        *,
        max(ends_at) over (
            partition by line_id order by starts_at, ends_at, shift rows between unbounded preceding and 1 preceding
        ) as taken_until
    from {{ source('silver_production', 'shift_calendar') }}
)

select
    line_id,
    shift_date,
    shift,
    starts_at,
    ends_at,
    {{ epoch_us('least(greatest(starts_at, coalesce(taken_until, starts_at)), ends_at)') }} as start_us,
    {{ epoch_us('ends_at') }} as end_us,
    {{ source_row() }} as source_row
from shifts
