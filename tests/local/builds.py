"""The marts' job in a process of its own, as a scheduler starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def build(lake: str, engine: str, state: Path, *words: str) -> None:
    """Build on Trino or Spark. state: dbt's folder. words: options."""
    environment = os.environ | {"CASPARIAN_DBT_TARGET": engine, "CASPARIAN_STATE": str(state)}
    if engine == "spark":  # on a local lake, with a catalog of its own
        environment.pop("CASPARIAN_METASTORE")
    command = [sys.executable, "-m", "spark_jobs.build_marts", "--lake", lake, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
