"""What `make demo` does once all is installed: a plant, the DAGs, the report.

Starts from an empty `--out`, which it alone writes to, and with `--stack` on the servers of
`make stack`, whose lake it empties first. Each step shows itself; a step that fails ends the demo
with its own sentence and its exit code.
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
STACK = Path(os.environ.get("CASPARIAN_STACK_HOME") or ROOT / ".local" / "stack")
TAG = "demo"


def main() -> int:
    options = _options()
    started = time.monotonic()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    steps = _steps_on_stack(options) if options.stack else _steps(options)
    for number, (title, command) in enumerate(steps, 1):
        print(f"\n[{number}/{len(steps)}] {title}", flush=True)
        step_started = time.monotonic()
        environment = os.environ | (_environment() if options.stack else {})
        code = subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode
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
    parser.add_argument("--stack", action="store_true", help="on the servers of make stack")
    options = parser.parse_args()
    options.out = options.out.resolve()
    return options


def _steps(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    plant, lake = options.out / "plant", options.out / "lake"
    casparian = str(BIN / "casparian")
    places = ["--exports", str(plant / "exports"), "--lake", str(lake), "--tag", TAG]
    home = str(options.out / "airflow")
    dags = [str(AIRFLOW_PYTHON), str(ROOT / "tools" / "run_dags.py"), "ingest_exports"]
    report = ["report", "--lake", str(lake), "--out", str(options.out / "report.html")]
    return [
        ("A plant writes its exports", _plant(options, plant)),
        (
            "Airflow runs the Spark jobs and dbt",
            [*dags, "build_marts", *places, "--home", home],
        ),
        ("What came of it", [casparian, *report]),
    ]


def _steps_on_stack(options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    python = [str(BIN / "python"), "-m"]
    report = ["--lake", "s3://lake/plant", "--out", str(options.out / "report.html")]
    return [
        ("S3, PostgreSQL, Hive metastore, Trino and Airflow", [*python, "local", "up"]),
        ("The lake of an earlier demo goes", [*python, "local.emptied"]),
        ("A plant writes its exports", _plant(options, STACK / "plant")),
        (
            "Airflow runs the jobs: landing bucket, Spark on s3a, metastore, dbt on Trino",
            [*python, "local.follow", "ingest_exports", "build_marts"],
        ),
        ("What came of it, as Trino says", [*python, "spark_jobs.report", *report]),
    ]


def _plant(options: argparse.Namespace, out: Path) -> list[str]:
    sizes = ["--days", options.days, "--seed", options.seed, "--scale", options.scale]
    return [str(BIN / "casparian"), "plant", *sizes, "--out", str(out)]


def _environment() -> dict[str, str]:
    """The addresses and keys of the stack's servers, once they are up."""
    file = STACK / "environment"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines)


if __name__ == "__main__":
    sys.exit(main())
