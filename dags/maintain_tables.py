"""Keep the tables of the lake in order: compact, Z-order, vacuum, expire, as the contracts say.

**What it does.** Every night `maintain_tables` looks at each table: quarantine past its time goes
and is counted as expired in the ledger, rows are laid by the columns that queries ask for (of
`read_queries`, unless the contract names them), small files become large ones, files that no
version needs any more are deleted, logs are trimmed. What was done is in `ops.maintenance`.
`measure_health` then takes every table's files, sizes, skew and age, and, where `CASPARIAN_METRICS`
names a folder, writes them there for Prometheus. Both run beside landings and builds: a landing
waits for a commit, never for the work before it.

**When it fails.**

- `maintain_tables`: the log names table and job with the reason in a sentence, and the tables after
  it were done all the same. *Not as many as the books say*: records of quarantine are missing or
  doubled; look at the file with `casparian files NAME` before anything else is done. *Keep it
  busy*: another engine writes the table all the time; the next night does it.
- `measure_health`: a table's log cannot be read: the log names it.
- Disk or bucket full: maintenance writes new files before old ones may go. Free some space, or
  lower `vacuum_hours` in the contract (24 at least), and clear the task.

**How to run it again.** Clear the task or start the DAG anew, at any time: what is in order is left
alone. `casparian maintain --dry-run` says what a run would do.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from airflow.sdk import DAG
from submit import LAKE, RETRIES, SCHEDULE, submit

WHERE = ["--lake", LAKE]
METRICS = os.environ.get("CASPARIAN_METRICS")
PROMETHEUS = ["--prometheus", f"{METRICS}/casparian.prom"] if METRICS else []

with DAG(
    dag_id="maintain_tables",
    schedule="30 2 * * *" if SCHEDULE else None,
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=RETRIES,
    doc_md=__doc__,
    tags=["maintenance", "ops"],
):
    maintain = submit("casparian", ["maintain", *WHERE, "--json"], task_id="maintain_tables")
    measure = submit(
        "casparian",
        ["tables", *WHERE, "--health", "--json", *PROMETHEUS],
        task_id="measure_health",
        trigger_rule="all_done",
    )
    maintain >> measure
