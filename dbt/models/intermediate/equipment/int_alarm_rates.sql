-- The window slides: alarms in the ten minutes up to and with the instant, and those in the ten minutes after it.
select
    position,
    active_us as at_us,
    count(*) over (
        partition by position order by active_us
        range between {{ var('alarms').window_us - 1 }} preceding and current row
    ) as rate,
    min(active_us) over (
        partition by position order by active_us
        range between {{ var('alarms').window_us - 1 }} preceding and current row
    ) as window_us,
    count(*) over (
        partition by position order by active_us
        range between 1 following and {{ var('alarms').window_us }} following
    ) as rate_left
from {{ ref('int_alarms') }}
where annunciated
