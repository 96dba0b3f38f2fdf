"""Count which columns queries ask for, so that maintenance can lay rows by them.

**What it does.** Every hour `read_queries` looks at the queries that Trino has answered since the
last time, asks Trino which columns each of them limits, and adds the counts to
`ops.query_columns`. It runs so often because Trino remembers only its newest queries. Without a
Trino (`TRINO_HOST` is not set) it does nothing.

**When it fails.** Trino does not answer, or the lake cannot be written: the log's last line says
which. Nothing is lost but counts: maintenance goes by the queries of a month.

**How to run it again.** Clear the task or start the DAG anew, at any time: a query is counted once,
by its end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import DAG
from submit import LAKE, RETRIES, SCHEDULE, submit


def counted(told: dict[str, Any]) -> int:
    return int(told["queries"])


with DAG(
    dag_id="read_queries",
    schedule=SCHEDULE,
    start_date=datetime(2025, 1, 1),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    default_args=RETRIES,
    doc_md=__doc__,
    tags=["maintenance", "ops"],
):
    submit("read_queries", ["--lake", LAKE, "--json"], task_id="read_queries", output=counted)
