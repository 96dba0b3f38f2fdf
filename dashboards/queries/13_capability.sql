-- Which characteristics are not capable? All, least Ppk first, with stability.
SELECT part_number, feature, machine_id, n, method, cp, cpk, pp, ppk, ppm_overall, stable, missing
FROM gold_quality.fct_capability
ORDER BY ppk, part_number, feature
