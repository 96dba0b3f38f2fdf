-- Which machines need help first? The ten with the most lost time of the last week.
SELECT machine_id, line_id, sum(pbt_s - apt_s) AS stopped_s, sum(reduced_speed_s) AS reduced_speed_s,
       sum(reject_s) AS reject_s, sum(failure_count) AS failures
FROM gold_production.fct_oee_machine_shift
WHERE shift_date > DATE '$day' - INTERVAL '7' DAY AND shift_date <= DATE '$day'
GROUP BY machine_id, line_id
ORDER BY sum(pbt_s - apt_s) DESC, machine_id
LIMIT 10
