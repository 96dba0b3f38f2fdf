-- A sensor's last day, a point a minute, straight from silver.
-- Reads at most 5 % of its table.
SELECT date_trunc('minute', "timestamp") AS minute, min(value) AS low, avg(value) AS mean, max(value) AS high,
       count(*) AS readings
FROM silver_equipment.historian_values
WHERE tag_name = '$tag' AND quality = 'Good'
  AND "timestamp" >= CAST('$day 00:00:00 UTC' AS TIMESTAMP WITH TIME ZONE)
  AND "timestamp" < CAST('$day 00:00:00 UTC' AS TIMESTAMP WITH TIME ZONE) + INTERVAL '1' DAY
GROUP BY date_trunc('minute', "timestamp")
ORDER BY minute
