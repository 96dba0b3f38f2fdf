"""Ten thousand mutants of the golden inputs, through the formats and into a lake.

The same ones every time. The failing bytes lie where the message says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEED, INPUTS = 20251028, 10_000
MOST_MIB = 512
MOST_SECONDS = 900  # of a busy machine; alone it takes under a minute


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no alarms and no resource limits there")
def test_no_format_breaks_and_all_books_close(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "tests.fuzz.seeded", str(SEED), str(INPUTS), str(tmp_path))
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["failures"] == []
    assert told["open_books"] == []
    assert told["inputs"] >= INPUTS
    assert told["landed"] > INPUTS / 100
    assert told["records"] > INPUTS
    assert told["peak_mib"] < MOST_MIB
