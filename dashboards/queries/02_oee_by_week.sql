-- Is the plant getting better? OEE a site and week over a year.
SELECT site_id, CAST(date_trunc('week', shift_date) AS DATE) AS week,
       sum(oee_ratio * pbt_s) / nullif(sum(CASE WHEN oee_ratio IS NOT NULL THEN pbt_s END), 0) AS oee_ratio
FROM gold_production.fct_oee_day
WHERE in_shift AND shift_date > DATE '$day' - INTERVAL '1' YEAR AND shift_date <= DATE '$day'
GROUP BY site_id, CAST(date_trunc('week', shift_date) AS DATE)
ORDER BY site_id, week
