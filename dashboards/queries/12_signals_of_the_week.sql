-- Which processes gave a signal this week? Violated points a characteristic.
SELECT part_number, feature, machine_id, count(*) AS points, count_if(violated) AS signals,
       max_by(rules, measured_at) AS last_rules
FROM gold_quality.fct_spc_points
WHERE measured_at >= CAST('$day 00:00:00 UTC' AS TIMESTAMP WITH TIME ZONE) - INTERVAL '7' DAY
GROUP BY part_number, feature, machine_id
ORDER BY signals DESC, part_number, feature
