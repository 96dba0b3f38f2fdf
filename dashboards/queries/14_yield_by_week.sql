-- First-pass and rolled throughput yield a product and week over a quarter.
SELECT product_id, CAST(date_trunc('week', shift_date) AS DATE) AS week, sum(total_quantity) AS total_quantity,
       sum(good_quantity - rework_quantity) / nullif(sum(total_quantity), 0) AS first_pass_yield_ratio
FROM gold_quality.fct_yield
WHERE shift_date > DATE '$day' - INTERVAL '90' DAY AND shift_date <= DATE '$day'
GROUP BY product_id, CAST(date_trunc('week', shift_date) AS DATE)
ORDER BY product_id, week
