-- What happened yesterday? Every shift with its figures and what is missing in them.
SELECT line_id, shift, availability_ratio, effectiveness_ratio, quality_ratio, oee_ratio,
       pq, gq, failure_count, mtbf_s, mttr_s, missing
FROM gold_production.fct_oee_shift
WHERE shift_date = DATE '$day'
ORDER BY line_id, shift
