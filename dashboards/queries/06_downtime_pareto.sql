-- Why does it stop? Reasons of 30 days by time, with their share.
SELECT reason, category, count(*) AS stops, sum(stopped_s) AS stopped_s,
       sum(stopped_s) / sum(sum(stopped_s)) OVER () AS share_ratio
FROM gold_equipment.fct_downtime
WHERE start_day > DATE '$day' - INTERVAL '30' DAY AND start_day <= DATE '$day' AND NOT coalesce(planned, FALSE)
GROUP BY reason, category
ORDER BY stopped_s DESC, reason
