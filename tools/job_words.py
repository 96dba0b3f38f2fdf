"""What of a job's output is words for a person: no JSON, none of Spark's or Airflow's own lines."""

from __future__ import annotations

import re

NOISE = re.compile(
    r"\s|[\[\]{}\"']|:: |\d\d/\d\d/\d\d |WARNING|INFO:|Running command|Output:|Tmp dir"
    r"|Command exited|Setting default log|To adjust logging|Using Spark's default|Using incubator|$"
)
TAIL = 25  # lines that say why a job failed
