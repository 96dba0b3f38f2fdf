"""A store that is slow, that throttles, whose disk is full: books close and tables are right."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from local.object_store import BUCKETS, KEY, REGION, ObjectStore
from local.stack import HOME, Stack
from tests.engine.content import check_books, ledger, tables
from tests.lake.exports import write_readings, write_tags
from tests.local.bad_store import Line, behind

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.faults]
CASPARIAN = Path(sys.executable).with_name("casparian")
TAG = "line"
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
    }  # fmt: skip
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    return Lake.at(f"s3://lake/{uuid.uuid4().hex}")


def land(lake: Lake, exports: Path, endpoint: str, tries: int = 6) -> list[int]:
    """Scan, with originals kept, and process; the exit codes of all attempts."""
    landing = lake.uri.replace("s3://lake/", "s3://landing/")
    where = ["--lake", lake.uri, "--tag", TAG]
    scanned = attempts(["scan", str(exports), *where, "--landing", landing], endpoint, tries)
    return scanned + attempts(["process", *where], endpoint, tries)


def attempts(words: list[str], endpoint: str, tries: int) -> list[int]:
    """The exit codes of a command, tried until it is well or, as Airflow does, so often."""
    codes: list[int] = []
    while len(codes) < tries and (not codes or codes[-1]):
        environment = os.environ | {"AWS_ENDPOINT_URL": endpoint}
        done = subprocess.run(
            [str(CASPARIAN), *words], env=environment, capture_output=True, text=True, check=False
        )
        print(done.stderr)
        codes.append(done.returncode)
    return codes


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
        codes = land(lake, exports, endpoint)
    assert codes.count(0) == 2
    assert line.asked > 20
    check_right(lake, right)


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
    codes = land(lake, exports, store.endpoint, tries=2)
    assert codes[-2:] == [1, 1]
    filler.unlink()
    for bucket in BUCKETS:
        assert disk("-o", "remount,size=64m", small_disk / bucket) == 0
    assert land(lake, exports, store.endpoint)[-1] == 0
    check_right(lake, right)
