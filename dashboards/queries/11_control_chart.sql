-- The control chart of a characteristic: its last 100 subgroups with limits and violated rules.
SELECT position, measured_at, xbar, center, xbar_ucl, xbar_lcl, range_value, range_ucl, zone, violated
FROM gold_quality.fct_spc_points
WHERE part_number = '$part' AND feature = '$feature'
ORDER BY position DESC
LIMIT 100
