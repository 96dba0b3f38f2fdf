-- A sensor's year, a point a day, from the roll-up.
SELECT _date, value_min, value_mean, value_max, reading_count
FROM silver_equipment.historian_daily
WHERE tag_name = '$tag' AND _date > DATE '$day' - INTERVAL '1' YEAR AND _date <= DATE '$day'
ORDER BY _date
