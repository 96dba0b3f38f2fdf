"""Land new plant exports in bronze, silver and quarantine, and close their books.

**What it does.** `scan_exports` looks at the exports folder and enters every file into the ledger.
`plan_batches` lands the reference data that other files need (tag lists, calendars) and cuts the
rest of the new files into batches by size. `land_exports` lands one batch a task with Spark.
`close_books` checks `read = valid + quarantined + duplicate` for every file and then says that
silver has changed, which starts `build_marts`.

**When it fails.**

- `scan_exports`: the folder is missing or may not be read. Mount it or correct
  `CASPARIAN_EXPORTS`.
- `plan_batches`: the lake cannot be read or written. Look at `CASPARIAN_LAKE`.
- `land_exports`: our fault, never a file's: a bad file goes to quarantine and its task is green.
  The task's log ends with the reason (memory, disk, Java). Put that right and clear the task.
- `close_books`: some file's books do not close, and the log names it. A batch was cut off: run
  the DAG again.
- The run passes its deadline of four hours: more arrived than fits. Look at the log of
  `plan_batches` for the size, and clear the run to go on where it stopped.

**How to run it again.** Clear the failed task, or start the DAG anew. Each is safe at any time:
a file is landed once, by its hash, and a second run changes nothing. Files that were rejected
because a contract was wrong are replayed with `casparian quarantine replay`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG
from submit import EXPORTS, LAKE, RETRIES, SCHEDULE, SILVER, TAG, submit

WHERE = ["--lake", LAKE, "--tag", TAG]


def batch_ids(plan: dict[str, Any]) -> list[str]:
    return [batch["batch"] for batch in plan["batches"]]


with DAG(
    dag_id="ingest_exports",
    schedule=SCHEDULE,
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=RETRIES,
    doc_md=__doc__,
    tags=["ingest", "bronze", "silver"],
):
    scan = submit("casparian", ["scan", EXPORTS, *WHERE, "--json"], task_id="scan_exports")
    plan = submit(
        "ingest_exports", [*WHERE, "plan", "--json"], task_id="plan_batches", output=batch_ids
    )
    land = submit(
        "ingest_exports",
        [*WHERE, "land", "--batch"],
        task_id="land_exports",
        each=plan.output,
        max_active_tis_per_dagrun=1,  # a table has one writer at a time; Spark is wide inside
    )
    close = submit(
        "casparian",
        ["files", *WHERE, "--check-books", "--json"],
        task_id="close_books",
        outlets=[SILVER],
        trigger_rule="none_failed",  # no new file: books are checked all the same
    )
    scan >> plan >> land >> close
