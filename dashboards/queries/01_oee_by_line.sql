-- How good was each line in the last 30 days? OEE of the summed time elements, worst first.
SELECT line_id,
       sum(apt_s) / nullif(sum(pbt_s), 0) AS availability_ratio,
       sum(pri_pq_s) / nullif(sum(apt_s), 0) AS effectiveness_ratio,
       (sum(pri_pq_s) - sum(reject_s)) / nullif(sum(pri_pq_s), 0) AS quality_ratio,
       sum(oee_ratio * pbt_s) / nullif(sum(CASE WHEN oee_ratio IS NOT NULL THEN pbt_s END), 0) AS oee_ratio
FROM gold_production.fct_oee_day
WHERE in_shift AND shift_date > DATE '$day' - INTERVAL '30' DAY AND shift_date <= DATE '$day'
GROUP BY line_id
ORDER BY oee_ratio
