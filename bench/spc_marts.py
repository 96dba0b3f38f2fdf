"""The same charts by the marts: a lake of `spc.silver`, built by Spark and dbt.

python bench/spc_marts.py LAKE TARGET prints the seconds of CPU that Spark's tasks took, and Java's
compilers and collector.
"""

from __future__ import annotations

import os
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


def java_seconds(session: SparkSession) -> dict[str, float]:
    """CPU seconds of Java's own threads, as Linux keeps them."""
    java = session.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
    seen = {"C1": 0.0, "C2": 0.0, "VM": 0.0}
    for path in Path(f"/proc/{java}/task").glob("*/stat"):
        name, _, told = path.read_text().partition("(")[2].rpartition(")")
        if name[:2] in seen:
            user, system = told.split()[11:13]
            seen[name[:2]] += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return {"the compilers": seen["C1"] + seen["C2"], "the collector": seen["VM"]}


def build(lake: Path) -> dict[str, float]:
    """Builds the marts; the CPU seconds of their tasks, and of Java beside them."""
    seen: dict[str, float] = {}
    stop = SparkSession.stop

    def counted(session: SparkSession) -> None:
        seen.update({"tasks": task_seconds(session), **java_seconds(session)})
        stop(session)

    SparkSession.stop = counted  # type: ignore[method-assign]
    try:
        build_marts.build(str(lake), SELECT, test=False)
    finally:
        SparkSession.stop = stop  # type: ignore[method-assign]
    return seen


if __name__ == "__main__":
    lake = Path(sys.argv[2]) / "lake"
    shutil.copytree(sys.argv[1], lake)
    spent = build(lake).items()
    print(", ".join(f"{seconds:.1f} CPU-s of {whom}" for whom, seconds in spent))
