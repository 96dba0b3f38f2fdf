"""Eight ingests at once into one lake on S3, two of them by Spark: no file is lost or doubled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from tests.engine.content import check_books, tables
from tests.lake.test_on_s3 import INGEST, assert_nothing_lost, go, inputs, started

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow, pytest.mark.faults]
RUNS, DRIVERS = 8, 2
BY_SPARK = """
import sys
from pathlib import Path
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from spark_jobs.ingest_exports import JOB, land, plan
from spark_jobs.session import spark_session

lake, folder = Lake.at(sys.argv[1]), Path(sys.argv[2])
spark_session(JOB, lake.uri, settings={"spark.driver.memory": "512m"})  # `land` takes it
print("ready", flush=True)
sys.stdin.readline()
scan(lake, folder, folder.name)
for batch in plan(lake, folder.name):
    land(lake, folder.name, batch["batch"])
"""


def test_spark_and_the_laptop_engine_land_at_once(s3: str, tmp_path: Path) -> None:
    folders = inputs(tmp_path / "in", RUNS)
    codes = [BY_SPARK] * DRIVERS + [INGEST] * (RUNS - DRIVERS)
    runs = [started(code, s3, str(folder)) for code, folder in zip(codes, folders, strict=True)]
    said = [run.communicate(timeout=500)[1] for run in go(runs)]
    assert [run.returncode for run in runs] == [0] * RUNS, said
    lake = Lake.at(s3)
    assert_nothing_lost(lake, files=RUNS * 3 + 1)
    check_books(lake)
    assert {row["engine"] for row in Ledger(lake).rows()} == {"laptop", "spark"}
    assert records(lake) == records(undisturbed(tmp_path / "lake", folders))


def undisturbed(place: Path, folders: list[Path]) -> Lake:
    """The same folders, one after another."""
    lake = Lake.at(place)
    for folder in folders:
        scan(lake, folder, folder.name)
        process(lake, folder.name)
    return lake


def records(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    """Every table's rows but for their files: of two equal ones the first to land counts."""
    found = {}
    for address, table in tables(lake).items():
        own = [name for name in table.column_names if not name.startswith("_")]
        key = [(name, "ascending") for name in own]
        found[address] = table.select(own).sort_by(key).to_pylist()
    return found
