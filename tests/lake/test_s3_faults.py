"""An S3 store that is full or killed: nothing is lost, and another run ends the work."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from local.object_store import ObjectStore
from tests.engine.content import ledger, tables
from tests.lake.exports import write_readings
from tests.lake.faulty_s3 import FULL, Weather, proxy
from tests.lake.test_on_s3 import assert_nothing_lost

pytestmark = [pytest.mark.stack, pytest.mark.slow]
TOLD = (
    r"casparian: The (lake|landing) could not be written "
    r"\(the disk of the S3 store is full\): free some space and run again\.\n"
)
CLI = [sys.executable, "-m", "casparian.cli"]


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    write_readings(folder, "a.csv", 8, ["1", "Bad", "3", "4"])
    write_readings(folder, "b.csv", 8, ["1", "2", "9"])
    return folder


@pytest.fixture
def weather(
    s3: str, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Weather]:
    with proxy(object_store.endpoint) as (address, found):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield found


def run(s3: str, exports: Path, timeout: float = 400) -> list[subprocess.CompletedProcess[str]]:
    """Scan and process, as commands of their own."""
    landing = f"s3://landing/{s3.rsplit('/', 1)[1]}"
    commands = (["scan", str(exports), "--tag", "t", "--landing", landing], ["process"])
    return [
        subprocess.run(
            [*CLI, *words, "--lake", s3], capture_output=True, text=True, timeout=timeout,
            check=False,
        )
        for words in commands
    ]  # fmt: skip


def said(done: list[subprocess.CompletedProcess[str]]) -> str:
    return "\n".join(each.stdout + each.stderr for each in done)


def assert_right(s3: str, exports: Path, scratch: Path) -> None:
    """The lake is what it is without faults."""
    assert_nothing_lost(Lake.at(s3), files=2)
    calm = Lake.at(scratch / "calm")
    scan(calm, exports, "t")
    process(calm, "t")
    assert tables(Lake.at(s3)) == tables(calm)
    assert ledger(Lake.at(s3)) == ledger(calm)


@pytest.mark.parametrize("writes", [1, 4, 8, 16])
def test_a_full_store_is_said_and_later_made_good(
    s3: str, weather: Weather, exports: Path, tmp_path: Path, writes: int
) -> None:
    written = iter(range(1, 1_000_000))

    def full(number: int, method: str) -> tuple[int, str, str] | None:
        return FULL if method in ("PUT", "POST") and next(written) > writes else None

    weather.fault = full
    failed = [each for each in run(s3, exports) if each.returncode]
    assert failed
    for each in failed:
        assert each.returncode == 1
        assert re.fullmatch(TOLD, each.stderr) or "disk of the s3 store is full" in each.stdout
    weather.clear()
    done = run(s3, exports)
    assert [each.returncode for each in done] == [0, 0], said(done)
    assert_right(s3, exports, tmp_path)


@pytest.mark.parametrize("request_number", [60])
def test_a_store_that_is_killed_while_it_is_written_to_and_comes_back(
    s3: str, weather: Weather, object_store: ObjectStore, exports: Path, tmp_path: Path,
    request_number: int,
) -> None:  # fmt: skip
    """Killed at a request, back after five seconds: by itself or by one more run all is right."""

    def killed(number: int, method: str) -> str | None:
        if number == request_number:
            running = object_store.process
            assert running
            running.end(signal.SIGKILL)
            returning.start()
        return None

    def back() -> None:
        time.sleep(5)
        object_store.start({})
        object_store.wait()

    returning = threading.Thread(target=back)
    weather.fault = killed
    run(s3, exports)
    assert weather.seen >= request_number
    weather.clear()
    returning.join()  # a run that was nearly done ends before the store is back
    if any(row["status"] != "landed" for row in Ledger(Lake.at(s3)).rows()) or not files(s3):
        done = run(s3, exports)
        assert [each.returncode for each in done] == [0, 0], said(done)
    assert_right(s3, exports, tmp_path)


def files(s3: str) -> int:
    return len(Ledger(Lake.at(s3)).rows())
