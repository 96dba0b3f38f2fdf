"""One meaning: Spark and the laptop engine give the same rows in every table, and once only."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from casparian.formats import all_formats
from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.plant import write_plant
from tests.engine.content import check_books, ledger, tables, versions

pytestmark = [pytest.mark.spark, pytest.mark.slow]
ROOT = Path(__file__).parents[2]


def job(lake: Lake, *words: str) -> Any:
    """The job's answer; it runs as Airflow would submit it, in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "spark_jobs.ingest_exports",
        "--lake",
        lake.uri,
        "--tag",
        "plant",
        *words,
    ]
    done = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@dataclass(frozen=True)
class Both:
    laptop: Lake
    spark: Lake
    batches: list[dict[str, Any]]
    answers: list[dict[str, Any]]


def every_format(folder: Path) -> None:
    """The inputs of all golden pairs, each family in its folder."""
    for path in sorted((ROOT / "tests" / "formats").rglob("*")):
        if path.is_file() and path.suffix not in (".py", ".pyc") and ".expected." not in path.name:
            place = folder / path.relative_to(ROOT / "tests" / "formats")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)


def big_csv(path: Path) -> None:
    """Readings over the night the clocks go back, zeros for hours, line ends within quotes: enough
    for three parts of 8 MiB."""
    start = datetime(2025, 10, 26, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write("Timestamp;Tag;Value;Quality;Note\n")
        for second in range(120_000):
            local = (start + timedelta(seconds=second)).astimezone(ZoneInfo("Europe/Berlin"))
            note = '"two\nlines; and ""more"""' if second % 97 == 0 else "x" * 20
            off = 40_000 < second < 75_000
            for tag in ("BIG-1", "BIG-2", "BIG-3"):
                value = "0" if off and tag == "BIG-2" else f"{second % 1000 / 10 + 1:.1f}"
                out.write(f"{local:%d.%m.%Y %H:%M:%S};{tag};{value};Good;{note}\n")
            if second % 5003 == 0:
                out.write(f"{local:%d.%m.%Y %H:%M:%S};BIG-1;late;Good;\nbroken;line\n")
    path.with_name("big_tags.csv").write_text(
        "tag_name,units,zero_allowed\nBIG-1,K,true\nBIG-2,bar,false\nBIG-3,K,true\n", "utf-8"
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("both")
    write_plant(folder, days=4, seed=7, scale=0.05)
    every_format(folder / "exports" / "samples")
    big_csv(folder / "exports" / "big.csv")
    laptop, spark = (Lake.at(folder / name) for name in ("laptop", "spark"))
    for lake in (laptop, spark):
        scan(lake, folder / "exports", "plant")
    process(laptop, "plant")
    batches = job(spark, "plan")["batches"]
    answers = [
        job(spark, "land", "--batch", batch["batch"], "--split-mib", "8") for batch in batches
    ]
    return Both(laptop, spark, batches, answers)


def test_every_row_of_every_table(both: Both) -> None:
    laptop, spark = tables(both.laptop), tables(both.spark)
    assert list(spark) == list(laptop)
    for address, rows in laptop.items():
        assert spark[address].num_rows == rows.num_rows, address
        assert spark[address] == rows, address


def test_books(both: Both) -> None:
    assert ledger(both.spark) == ledger(both.laptop)
    check_books(both.spark)
    landed = {row["format"] for row in Ledger(both.spark).rows() if row["status"] == "landed"}
    assert landed == set(all_formats()), "a format without a golden pair, or one that is not found"
    engines = {row["engine"] for row in Ledger(both.spark).rows()}
    assert engines == {"laptop", "spark"}, "reference data is landed by the plan, all else by Spark"


def test_the_job_counts_what_it_landed(both: Both) -> None:
    landed = [row for row in Ledger(both.spark).rows() if row["engine"] == "spark"]
    assert sum(answer["files"] for answer in both.answers) == len(landed)
    assert sum(answer["records"] for answer in both.answers) == sum(
        row["records_read"] for row in landed
    )
    assert not any(answer["failed"] for answer in both.answers)


def test_again_changes_nothing(both: Both) -> None:
    at = versions(both.spark)
    assert job(both.spark, "plan") == {"batches": []}
    for batch in both.batches:
        assert job(both.spark, "land", "--batch", batch["batch"])["files"] == 0
    assert versions(both.spark) == at
