-- Can operators follow? Alarms an hour and position over 90 days, floods and the worst 10 minutes.
SELECT position, day, alarms, alarms_an_hour, peak_10_minutes, flood_count, flood_ratio, standing_peak
FROM gold_equipment.fct_alarm_kpi
WHERE day > DATE '$day' - INTERVAL '90' DAY AND day <= DATE '$day'
ORDER BY position, day
