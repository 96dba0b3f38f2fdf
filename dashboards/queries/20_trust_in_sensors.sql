-- Which sensors can be trusted? Share of readings that are not Good, a tag, on the last day.
-- Reads at most 10 % of its table.
SELECT tag_name, count(*) AS readings, count_if(quality <> 'Good') AS not_good,
       CAST(count_if(quality <> 'Good') AS DOUBLE) / count(*) AS not_good_ratio
FROM silver_equipment.historian_values
WHERE "timestamp" >= CAST('$day 00:00:00 UTC' AS TIMESTAMP WITH TIME ZONE)
  AND "timestamp" < CAST('$day 00:00:00 UTC' AS TIMESTAMP WITH TIME ZONE) + INTERVAL '1' DAY
GROUP BY tag_name
ORDER BY not_good_ratio DESC, tag_name
LIMIT 20
