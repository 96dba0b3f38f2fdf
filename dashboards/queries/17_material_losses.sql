-- Which material goes missing? Unexplained loss a material over a year, worst first.
SELECT material_id, unit, sum(issued_quantity) AS issued, sum(loss_quantity) AS loss,
       sum(loss_quantity) / nullif(sum(issued_quantity), 0) AS loss_ratio
FROM gold_materials.fct_material_balance
WHERE period_start >= CAST('$day 00:00:00 UTC' AS TIMESTAMP WITH TIME ZONE) - INTERVAL '1' YEAR
GROUP BY material_id, unit
ORDER BY loss_ratio DESC, material_id
