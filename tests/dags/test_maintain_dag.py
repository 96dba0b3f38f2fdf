"""The real DAG on a lake of many small files: fewer files, the same rows, metrics beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.dags.conftest import DAGS

ROOT = DAGS.parent
PYTHON = ROOT / ".venv" / "core" / "bin" / "python"
VALUES = "silver_equipment.historian_values"

pytestmark = [
    pytest.mark.skipif(not PYTHON.is_file(), reason="the jobs' Python is not installed"),
    pytest.mark.slow,
]

# Run by the jobs' own Python: Airflow's has no Delta.
LAND = """
import sys
from casparian.lake.store import Lake
from tests.lake.many_files import commit_each, readings
commit_each(Lake.at(sys.argv[1]), (readings(file) for file in range(12)))
"""
TELL = """
import hashlib, json, sys
from casparian.lake.health import health
from casparian.lake.store import Lake
from tests.lake.many_files import VALUES, rows_of
lake = Lake.at(sys.argv[1])
digest = hashlib.sha256("".join(rows_of(lake)).encode()).hexdigest()
print(json.dumps({"files": health(lake, [VALUES])[0].files, "rows": digest}))
"""


def _jobs_python(code: str, lake: Path) -> str:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON"))}
    return subprocess.run(
        [str(PYTHON), "-c", code, str(lake)], check=True, capture_output=True, text=True, cwd=ROOT,
        env=kept | {"PYTHONPATH": "src:."},
    ).stdout  # fmt: skip


def _told(lake: Path) -> dict[str, Any]:
    return dict(json.loads(_jobs_python(TELL, lake)))


def test_maintain_tables(tmp_path: Path) -> None:
    lake, metrics = tmp_path / "lake", tmp_path / "metrics"
    _jobs_python(LAND, lake)
    before = _told(lake)
    command = [sys.executable, str(ROOT / "tools" / "run_dags.py"), "maintain_tables"]
    command += ["--lake", str(lake), "--home", str(tmp_path / "airflow")]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON"))}
    done = subprocess.run(
        command, check=False, capture_output=True, text=True,
        env=kept | {"CASPARIAN_METRICS": str(metrics), "CASPARIAN_PYTHON": str(PYTHON)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DAG maintain_tables: success" in done.stdout
    assert (before["files"], _told(lake)) == (12, before | {"files": 1})
    text = (metrics / "casparian.prom").read_text("utf-8")
    assert f'casparian_table_files{{table="{VALUES}"}} 1.0' in text
