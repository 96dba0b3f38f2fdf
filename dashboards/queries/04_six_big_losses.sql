-- Where does the time of a line go? The six big losses of 30 days, in seconds.
SELECT sum(pbt_s) AS planned_s, sum(breakdown_s) AS breakdown_s, sum(setup_s) AS setup_s,
       sum(minor_stop_s) AS minor_stop_s, sum(reduced_speed_s) AS reduced_speed_s,
       sum(reject_s) AS reject_s, sum(other_stop_s) AS other_stop_s
FROM gold_production.fct_oee_shift
WHERE line_id = '$line'
  AND shift_date > DATE '$day' - INTERVAL '30' DAY AND shift_date <= DATE '$day'
