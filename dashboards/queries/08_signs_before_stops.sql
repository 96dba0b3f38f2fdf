-- What is seen before a line stops? Readings far from their usual value, by how often, in 90 days.
-- Reads at most 50 % of its tables.
SELECT reason, tag_alias, count(*) AS stops, avg(abs(z)) AS mean_z
FROM gold_equipment.fct_downtime_cause
WHERE line_id = '$line' AND kind = 'tag' AND abs(z) >= 3
  AND start_day > DATE '$day' - INTERVAL '90' DAY AND start_day <= DATE '$day'
GROUP BY reason, tag_alias
ORDER BY stops DESC, mean_z DESC
LIMIT 20
