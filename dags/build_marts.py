"""Build the gold marts from silver with dbt.

**What it does.** `build_marts` runs every dbt model and its tests on a Spark session: staging,
intermediate and marts of all domains. It starts when `ingest_exports` has closed its books.

**When it fails.**

- A test of a model fails: the log names model, column and the number of rows. The marts that
  depend on it keep their last state. Correct the model, or the contract that let the rows in
  (then `casparian quarantine replay`), and clear the task.
- A model does not run: the log holds dbt's message and the path of the compiled SQL.
- Java or memory: the log ends with it. Put it right and clear the task.
- The run passes its deadline of two hours: silver has grown past one session. Look at the slowest
  model at the end of the log.

**How to run it again.** Clear the task or start the DAG anew, at any time. Marts are replaced as a
whole, so a second run gives the same tables.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG
from submit import GOLD, LAKE, RETRIES, SILVER, submit

with DAG(
    dag_id="build_marts",
    schedule=[SILVER],
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    default_args=RETRIES,
    doc_md=__doc__,
    tags=["marts", "gold"],
):
    submit("build_marts", ["--lake", LAKE], task_id="build_marts", outlets=[GOLD])
