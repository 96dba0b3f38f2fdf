-- Energy a good unit, a line and day over 90 days.
SELECT line_id, shift_date, sum(energy_kwh) AS energy_kwh, sum(idle_kwh) AS idle_kwh,
       sum(energy_kwh) / nullif(sum(good_quantity), 0) AS energy_per_good_kwh
FROM gold_production.fct_energy
WHERE shift_date > DATE '$day' - INTERVAL '90' DAY AND shift_date <= DATE '$day'
GROUP BY line_id, shift_date
ORDER BY line_id, shift_date
