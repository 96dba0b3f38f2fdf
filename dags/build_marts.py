"""Check silver, build the gold marts from it with dbt, and check them.

**What it does.** `check_silver` asks every silver table for what its contract says of it (Great
Expectations; types, key, required values, ranges, allowed values). `build_marts` runs every dbt
model on a Spark session: staging, intermediate and marts of all domains. `check_gold` asks the
marts for what their models say (their data tests, which dbt therefore need not run, and more), and
then says that gold has changed. The DAG starts when
`ingest_exports` has closed its books. Results are in `ops.expectations`; `casparian checks` shows
them, and its last line says where the data docs lie.

**When it fails.**

- `check_silver`: the log's last line names table, expectation, number of rows and the first of
  them. The marts keep their last state. `casparian checks` shows the rows, `casparian explain`
  follows them to their files. Rows that break a contract come into silver past Casparian, or from
  before the contract was corrected: take them out, or correct the contract, and clear the task.
- `build_marts`: a model does not run: the log holds dbt's message and the path of the compiled SQL.
  The marts that depend on it keep their last state.
- `check_gold`: the marts are built, and one is not what its model says: nobody downstream is told
  that gold has changed. The log names mart, expectation, number of rows and the first of them.
  Correct the model, or the contract that let the rows in (then `casparian quarantine replay`), and
  clear `build_marts` and what follows.
- Java or memory: the log ends with it. Put it right and clear the task.
- The run passes its deadline of two hours: silver has grown past one session. Look at the slowest
  table or model at the end of the log.

**How to run it again.** Clear the task or start the DAG anew, at any time. Marts are replaced as a
whole, so a second run gives the same tables; a table that has not changed is not checked again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import DAG
from submit import GOLD, LAKE, RETRIES, SILVER, submit

WHERE = ["--lake", LAKE]

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
    silver = submit("check_tables", [*WHERE, "--layer", "silver"], task_id="check_silver")
    marts = submit("build_marts", [*WHERE, "--no-test"], task_id="build_marts")
    gold = submit("check_tables", [*WHERE, "--layer", "gold"], task_id="check_gold", outlets=[GOLD])
    silver >> marts >> gold
