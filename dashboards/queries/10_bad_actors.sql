-- Which alarms to work on: the ten most frequent of 30 days.
SELECT alarm, min(message) AS message, sum(alarms) AS alarms, sum(active_s) AS active_s,
       sum(chattering) AS chattering
FROM gold_equipment.fct_alarm_frequency
WHERE day > DATE '$day' - INTERVAL '30' DAY AND day <= DATE '$day'
GROUP BY alarm
ORDER BY alarms DESC, alarm
LIMIT 10
