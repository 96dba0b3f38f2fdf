"""What `make demo` does once all is installed: a plant, the DAGs, the report.

Starts from an empty `--out`, which it alone writes to. Each step shows itself; a step that fails
ends the demo with its own sentence and its exit code.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "core" / ("Scripts" if os.name == "nt" else "bin")
AIRFLOW_PYTHON = ROOT / ".venv" / "airflow" / "bin" / "python"
TAG = "demo"


def main() -> int:
    options = _options()
    started = time.monotonic()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    for number, (title, command) in enumerate(_steps(options), 1):
        print(f"\n[{number}/3] {title}", flush=True)
        step_started = time.monotonic()
        code = subprocess.run(command, check=False, cwd=ROOT).returncode
        if code:
            print(f"The demo stopped: step {number} ended with {code}.", file=sys.stderr)
            return code
        print(f"  {time.monotonic() - step_started:.1f} s", flush=True)
    print(f"\nmake demo took {time.monotonic() - started:.1f} s.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Plant, DAGs, report.")
    parser.add_argument("--days", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--scale", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out = options.out.resolve()
    return options


def _steps(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    plant, lake = options.out / "plant", options.out / "lake"
    casparian = str(BIN / "casparian")
    sizes = ["--days", options.days, "--seed", options.seed, "--scale", options.scale]
    places = ["--exports", str(plant / "exports"), "--lake", str(lake), "--tag", TAG]
    home = str(options.out / "airflow")
    dags = [str(AIRFLOW_PYTHON), str(ROOT / "tools" / "run_dags.py"), "ingest_exports"]
    report = ["report", "--lake", str(lake), "--out", str(options.out / "report.html")]
    return [
        ("A plant writes its exports", [casparian, "plant", *sizes, "--out", str(plant)]),
        (
            "Airflow runs the Spark jobs and dbt",
            [*dags, "build_marts", *places, "--home", home],
        ),
        ("What came of it", [casparian, *report]),
    ]


if __name__ == "__main__":
    sys.exit(main())
