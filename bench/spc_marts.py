"""The same charts by the marts: a lake of `spc.silver`, built by Spark and dbt.

python bench/spc_marts.py LAKE TARGET prints the seconds of CPU that Spark's tasks took.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from spark_jobs import build_marts

SELECT = "int_spc_factors int_spc_subgroups spc_control_limits fct_spc_points stg_spc_measurements"


def task_seconds(session: SparkSession) -> float:
    """CPU seconds of all tasks so far."""
    store = session.sparkContext._jsc.sc().statusStore()
    rest = [getattr(store, f"stageList$default${place}")() for place in (2, 3, 4, 5)]
    stages = store.stageList(None, *rest)
    return sum(stages.apply(i).executorCpuTime() for i in range(stages.size())) / 1e9


def build(lake: Path) -> float:
    """Builds the marts; the CPU seconds of their tasks."""
    seen: list[float] = []
    stop = SparkSession.stop

    def counted(session: SparkSession) -> None:
        seen.append(task_seconds(session))
        stop(session)

    SparkSession.stop = counted  # type: ignore[method-assign]
    try:
        build_marts.build(str(lake), SELECT, test=False)
    finally:
        SparkSession.stop = stop  # type: ignore[method-assign]
    return seen[0]


if __name__ == "__main__":
    lake = Path(sys.argv[2]) / "lake"
    shutil.copytree(sys.argv[1], lake)
    print(f"{build(lake):.1f} CPU-s of tasks")
