"""A store that is slow, that throttles, whose disk is full: books close and tables are right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from local.downloads import maven_jars
from local.object_store import BUCKETS, KEY, REGION, ObjectStore
from local.stack import HOME, Stack
from spark_jobs.build_marts import FULL_STORE
from tests.engine.content import check_books, ledger, tables
from tests.lake.exports import write_readings, write_tags
from tests.local.bad_store import Line, behind

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.faults]
CASPARIAN = Path(sys.executable).with_name("casparian")
ROOT = Path(__file__).parents[2]
TAG = "line"
APPEND = """
import sys
from spark_jobs.session import spark_session, table_path

lake, table, times = sys.argv[1:]
spark = spark_session("append", lake, settings={"spark.driver.memory": "512m"})
for number in range(int(times)):
    frame = spark.sql(f"SELECT {number} AS number")
    frame.write.format("delta").mode("append").save(table_path(lake, table))
"""
# 400 requests for three files, one after the other: two seconds each are a quarter of an hour.
DELAY_S = float(os.environ.get("CASPARIAN_SLOW_STORE_S", "0.2"))


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    """The store alone."""
    stack = Stack(HOME.with_name(f"{HOME.name}-store"))
    stack.down(print)
    shutil.rmtree(stack.home, ignore_errors=True)
    stack.up(print, ["s3"])
    found = stack.servers["s3"]
    assert isinstance(found, ObjectStore)
    try:
        yield found
    finally:
        stack.down(print)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tag list and two files of readings, one of which is Bad and one of which is no number."""
    folder = tmp_path_factory.mktemp("exports")
    write_tags(folder, 100)
    write_readings(folder, "morning.csv", 6, ["20", "21", "Bad", "22"])
    write_readings(folder, "noon.csv", 12, ["23", "warm", "24", "25"])
    return folder


@pytest.fixture(scope="module")
def right(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.at(tmp_path_factory.mktemp("lake"))
    scan(lake, exports, TAG)
    process(lake, TAG)
    return lake


@pytest.fixture
def lake(store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake of its own on the store, which this process reads past the bad line."""
    keys = {
        "AWS_ENDPOINT_URL": store.endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": store.secret("key"), "AWS_ALLOW_HTTP": "true",
        "CASPARIAN_SPARK_JARS": str(maven_jars("s3a")[0].parent),
    }  # fmt: skip
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    # Of other tests' stack: a metastore serves one lake, and theirs is not this.
    monkeypatch.delenv("CASPARIAN_METASTORE", raising=False)
    return Lake.at(f"s3://lake/{uuid.uuid4().hex}")


def land(lake: Lake, exports: Path, endpoint: str, tries: int = 6) -> list[int]:
    """Scan, with originals kept, and process; the exit codes of all attempts."""
    process = [CASPARIAN, "process", "--lake", lake.uri, "--tag", TAG]
    scanned = codes(attempts(scanning(lake, exports), endpoint, tries))
    return scanned + codes(attempts(process, endpoint, tries))


def scanning(lake: Lake, exports: Path) -> list[str | Path]:
    landing = lake.uri.replace("s3://lake/", "s3://landing/")
    where = ["--lake", lake.uri, "--tag", TAG, "--landing", landing]
    return [CASPARIAN, "scan", exports, *where]


def codes(done: list[subprocess.CompletedProcess[str]]) -> list[int]:
    return [each.returncode for each in done]


def attempts(
    command: list[str | Path], endpoint: str, tries: int
) -> list[subprocess.CompletedProcess[str]]:
    """All tries of a command, until it is well or, as Airflow does, so often."""
    done: list[subprocess.CompletedProcess[str]] = []
    environment = os.environ | {"AWS_ENDPOINT_URL": endpoint}
    while len(done) < tries and (not done or done[-1].returncode):
        done.append(
            subprocess.run(
                command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
            )
        )
        print(done[-1].stderr)
    return done


def check_right(lake: Lake, right: Lake) -> None:
    check_books(lake)
    assert ledger(lake) == ledger(right)
    ours, theirs = tables(lake), tables(right)
    assert ours.keys() == theirs.keys()
    for address, table in theirs.items():
        assert ours[address].equals(table), address


def test_a_line_on_which_every_request_takes_long(
    store: ObjectStore, lake: Lake, exports: Path, right: Lake
) -> None:
    line = Line(delay_s=DELAY_S)
    with behind(line, store.port()) as endpoint:
        assert land(lake, exports, endpoint) == [0, 0]
    assert line.asked > 20
    check_right(lake, right)


def test_a_store_that_refuses_every_seventh_request(
    store: ObjectStore, lake: Lake, exports: Path, right: Lake
) -> None:
    line = Line(refused=7)
    with behind(line, store.port()) as endpoint:
        assert land(lake, exports, endpoint).count(0) == 2
    assert line.asked > 20
    check_right(lake, right)


@pytest.mark.spark
def test_spark_lands_from_a_store_that_is_slow_and_refuses_every_seventh_request(
    store: ObjectStore, lake: Lake, exports: Path, right: Lake
) -> None:
    """By the commands of the DAG."""
    line = Line(delay_s=DELAY_S, refused=7)
    job = [sys.executable, "-m", "spark_jobs.ingest_exports", "--lake", lake.uri, "--tag", TAG]
    with behind(line, store.port()) as endpoint:
        scan_exports, plan = (
            attempts(command, endpoint, 6)[-1]
            for command in (scanning(lake, exports), [*job, "plan", "--json"])
        )
        assert scan_exports.returncode == 0
        for batch in json.loads(plan.stdout)["batches"]:
            words = [*job, "land", "--batch", batch["batch"]]
            assert codes(attempts(words, endpoint, 6))[-1] == 0
    assert line.asked > 20
    check_right(lake, right)


@pytest.mark.spark
def test_spark_commits_to_a_store_that_is_slow_and_refuses_every_seventh_request(
    store: ObjectStore, lake: Lake
) -> None:
    """Through S3A and the log store, as marts are built: ten commits, at the first attempt."""
    line, table = Line(delay_s=DELAY_S, refused=7), "gold_production.counted"
    with behind(line, store.port()) as endpoint:
        command = [sys.executable, "-c", APPEND, lake.uri, table]
        assert codes(attempts([*command, "10"], endpoint, 1)) == [0]
    assert line.asked > 50
    found = lake.read(table)
    assert found is not None
    assert sorted(found["number"].to_pylist()) == list(range(10))


@pytest.mark.spark
@pytest.mark.parametrize(("writes", "where"), [(0, ""), (5, "dbt: dim_date failed: ")])
def test_a_full_disk_ends_a_build_soon_and_in_one_sentence(
    store: ObjectStore, lake: Lake, writes: int, where: str
) -> None:
    """At once, and in the middle of a mart."""
    line, began = Line(room=writes), time.monotonic()
    with behind(line, store.port()) as endpoint:
        command = [sys.executable, "-m", "spark_jobs.build_marts", "--lake", lake.uri]
        (done,) = attempts([*command, "--select", "+dim_date", "--no-test"], endpoint, 1)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == where + FULL_STORE
    assert "Traceback" not in done.stderr
    assert time.monotonic() - began < 240


@pytest.fixture
def small_disk(store: ObjectStore) -> Iterator[Path]:
    """The store's buckets on a disk of their own with half a megabyte."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    for bucket in BUCKETS:
        if disk("-t", "tmpfs", "-o", "size=512k", "tmpfs", store.data / bucket):
            pytest.skip("this machine mounts no disk")
    try:
        yield store.data
    finally:
        for bucket in BUCKETS:
            subprocess.run(["umount", str(store.data / bucket)], check=True)


def disk(*words: str | Path) -> int:
    command = ["mount", *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_a_full_disk(
    store: ObjectStore, lake: Lake, exports: Path, right: Lake, small_disk: Path
) -> None:
    """What did not fit is told, and once there is room the same commands are enough."""
    filler = small_disk / "lake" / "filler"
    filler.write_bytes(b"x" * (400 << 10))
    process = [CASPARIAN, "process", "--lake", lake.uri, "--tag", TAG]
    done = [
        each
        for command in (scanning(lake, exports), process)
        for each in attempts(command, store.endpoint, tries=2)
    ]
    assert codes(done)[-2:] == [1, 1]
    assert all("free some space" in each.stderr for each in done[-2:])
    filler.unlink()
    for bucket in BUCKETS:
        assert disk("-o", "remount,size=64m", small_disk / bucket) == 0
    assert land(lake, exports, store.endpoint)[-1] == 0
    check_right(lake, right)
