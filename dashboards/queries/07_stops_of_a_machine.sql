-- The time line of a machine's stops in the last week.
SELECT starts_at, ends_at, reason, category, micro_stop, still_open
FROM gold_equipment.fct_downtime
WHERE machine_id = '$machine'
  AND start_day > DATE '$day' - INTERVAL '7' DAY AND start_day <= DATE '$day'
ORDER BY starts_at
