-- What is wrong with the parts? Defects of 30 days.
SELECT defect, severity, sum(defect_count) AS defects, sum(scrap_count) AS scrap
FROM gold_quality.fct_defects
WHERE shift_date > DATE '$day' - INTERVAL '30' DAY AND shift_date <= DATE '$day'
GROUP BY defect, severity
ORDER BY defects DESC, defect
