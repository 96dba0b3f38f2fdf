"""`casparian watch` as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from casparian.cli.ticker import SPAN
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.store import Lake
from tests.cli.conftest import Cli

ROOT = Path(__file__).parents[2]
FAST = ("--settle", "100ms", "--every", "50ms")


def test_once(cli: Cli, exports: Path) -> None:
    done = cli("watch", exports, "--tag", "demo", "--once", *FAST)
    assert done.code == 0
    assert (
        "readings.csv (historian_csv): 6 read = 2 valid + 3 quarantined + 1 duplicate" in done.out
    )
    assert "2 files, 7 records landed. Books closed." in done.out
    assert "0 files" in cli("watch", exports, "--tag", "demo", "--once", *FAST).out
    assert (
        '"n": 2'
        in cli("query", "SELECT count(*) AS n FROM silver_equipment.historian_values", "--json").out
    )


def test_json_is_one_object_a_line(cli: Cli, exports: Path) -> None:
    (exports / "notes.txt").write_text("Dear all,\nhere it is.\n", "utf-8")
    done = cli("watch", exports, "--once", "--json", *FAST)
    told = [json.loads(line) for line in done.out.splitlines()]
    assert sorted(each["event"] for each in told) == ["landed", "landed", "unknown"]
    assert all(each["books_closed"] for each in told if each["event"] == "landed")


def test_what_is_not_finished_is_said(cli: Cli, exports: Path) -> None:
    (exports / "empty.csv").touch()
    done = cli("watch", exports, "--once", *FAST)
    assert "not landed yet: empty.csv: empty" in done.out


def test_no_such_folder(cli: Cli, tmp_path: Path) -> None:
    done = cli("watch", tmp_path / "nowhere", "--once")
    assert done.code == 1
    assert "nothing at" in done.err


@pytest.mark.parametrize(
    ("text", "seconds"), [("10s", 10), ("500ms", 0.5), ("5m", 300), ("2h", 7200), ("7", 7)]
)
def test_times(text: str, seconds: float) -> None:
    assert SPAN.convert(text, None, None) == pytest.approx(seconds)


def start(exports: Path, lake: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-m", "casparian.cli", "watch", str(exports), "--lake", str(lake), "--json",
        *FAST,
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signals_and_starting_again(exports: Path, tmp_path: Path, name: signal.Signals) -> None:
    lake = tmp_path / "lake"
    process = start(exports, lake)
    assert process.stdout is not None
    landed = [json.loads(process.stdout.readline())["path"] for _ in range(2)]
    process.send_signal(name)
    code = process.wait(15)
    process.stdout.close()
    assert code == (-9 if name == signal.SIGKILL else 0)
    more = "Timestamp,Tag,Value,Quality\n2025-10-29T03:00:00Z,TI-1,20.5,Good\n"
    (exports / "more.csv").write_text(more, "utf-8")
    again = start(exports, lake)
    assert again.stdout is not None
    assert json.loads(again.stdout.readline())["path"] == "more.csv"
    again.send_signal(signal.SIGTERM)
    again.wait(15)
    again.stdout.close()
    assert sorted(landed) == ["readings.csv", "tags.csv"]
    rows = Ledger(Lake.at(lake)).rows()
    assert len(rows) == 3
    assert not not_closed(rows)


def test_others_can_work_while_it_watches(cli: Cli, exports: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    process = start(exports, lake)
    assert process.stdout is not None
    for _ in range(2):
        process.stdout.readline()
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.csv").write_text(
        "Timestamp,Tag,Value,Quality\n2025-10-30T03:00:00Z,TI-1,20.5,Good\n", "utf-8"
    )
    began = time.monotonic()
    assert cli("scan", other, "--tag", "other", "--lake", lake).code == 0
    assert cli("process", "--tag", "other", "--lake", lake).code == 0
    assert time.monotonic() - began < 20
    process.terminate()
    process.wait(15)
    process.stdout.close()
