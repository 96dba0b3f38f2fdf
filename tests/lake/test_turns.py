"""Two writers at one lake: what rests on what was read is written on that alone, or again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from deltalake.exceptions import CommitFailedError

from casparian.lake import commit as committing
from casparian.lake import scan as scanning
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.parts import PartWriter
from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.settle import settle
from casparian.lake.store import Lake, Overtaken, Part
from tests.engine.content import tables
from tests.lake.exports import write_readings

ADDRESS = "silver_quality.things"
SILVER = "silver_equipment.historian_values"
SCHEMA = pa.schema([("number", pa.int64())])


def parts(lake: Lake, *numbers: int) -> list[Part]:
    writer = PartWriter(lake, ADDRESS, SCHEMA, ["number"])
    writer.write(pa.record_batch([pa.array(numbers)], schema=SCHEMA))
    return writer.close()


def numbers(lake: Lake) -> list[int]:
    table = lake.read(ADDRESS)
    return [] if table is None else sorted(table["number"].to_pylist())


def from_outside(lake: Lake, number: int) -> None:
    """A commit of an engine that takes no turns."""
    write_deltalake(lake.table_uri(ADDRESS), pa.table({"number": [number]}), mode="append")


@pytest.mark.parametrize("there_before", [False, True])
def test_what_changed_since_it_was_read_is_not_committed_upon(
    tmp_path: Path, there_before: bool
) -> None:
    lake = Lake.at(tmp_path / "lake")
    if there_before:
        from_outside(lake, 0)
    mine = parts(lake, 1)
    with lake.alone():
        lake.delta(ADDRESS)  # as settling reads it
        from_outside(lake, 2)
        with pytest.raises(Overtaken, match=f"Another run changed {ADDRESS} meanwhile"):
            lake.commit(ADDRESS, SCHEMA, mine)
    assert numbers(lake) == ([0, 2] if there_before else [2])


def test_a_turn_follows_its_own_commits(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    wider = pa.schema([*SCHEMA, ("more", pa.string())])
    with lake.alone(), lake.alone():
        for number, schema in enumerate((SCHEMA, SCHEMA, wider, wider)):
            lake.commit(ADDRESS, schema, parts(lake, number))
    assert numbers(lake) == [0, 1, 2, 3]


def test_an_answer_that_was_lost_is_no_second_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store wrote the commit, but its answer never came: the next try finds its own parts."""
    lake = Lake.at(tmp_path / "lake")
    through, tries = Lake._commit, []

    def lost(self: Lake, *given: Any) -> int:
        tries.append(through(self, *given))
        raise CommitFailedError("the line broke")

    monkeypatch.setattr(Lake, "_commit", lost)
    lake.commit(ADDRESS, SCHEMA, parts(lake, 1))
    assert tries == [0]
    assert numbers(lake) == [1]


def test_threads_take_turns(tmp_path: Path) -> None:
    lake, order = Lake.at(tmp_path / "lake"), list[str]()

    def other() -> None:
        with Lake.at(tmp_path / "lake").alone():
            order.append("other")

    with lake.alone():
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]


def overlapping(folder: Path) -> Path:
    """Two folders of one file each that share ten minutes."""
    for name, values in (("a", range(40)), ("b", range(30, 60))):
        (folder / name).mkdir(parents=True)
        padded = ["Bad"] * values.start + [str(v % 7) for v in values]
        write_readings(folder / name, f"{name}.csv", 8, padded)
    return folder


def test_a_file_that_another_run_overtakes_is_landed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one run settles, another that holds no lock lands a file of the same hours."""
    folder, lake = overlapping(tmp_path / "in"), Lake.at(tmp_path / "lake")
    for tag in "ab":
        scan(lake, folder / tag, tag)
    settled = []

    def disturbed(*given: Any) -> Any:
        outcome = settle(*given)
        settled.append(1)
        if len(settled) == 1:
            without_lock(lambda: process(Lake.at(lake.uri), "b"))
        return outcome

    monkeypatch.setattr(committing, "settle", disturbed)
    process(lake, "a")
    assert len(settled) == 3  # of a, of b, and of a again
    rows = Ledger(lake).rows()
    assert [row["status"] for row in rows] == ["landed", "landed"]
    assert not not_closed(rows)
    assert sum(row["records_duplicate"] for row in rows) == 10
    monkeypatch.setattr(committing, "settle", settle)
    assert tables(lake)[SILVER] == tables(in_turn(tmp_path / "other", folder))[SILVER]


def without_lock(run: Callable[[], Any]) -> None:
    """Run in a thread that believes it holds the lock, as one whose lease has run out would."""
    outcome: list[BaseException] = []

    def believing() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("casparian.lake.alone._wait", lambda *given: None)
            try:
                run()
            except BaseException as error:  # noqa: BLE001
                outcome.append(error)

    thread = threading.Thread(target=believing)
    thread.start()
    thread.join()
    assert not outcome, outcome


def in_turn(folder: Path, exports: Path) -> Lake:
    lake = Lake.at(folder)
    for tag in "ba":
        scan(lake, exports / tag, tag)
        process(lake, tag)
    return lake


def test_files_that_another_run_landed_meanwhile_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, lake = overlapping(tmp_path / "in"), Lake.at(tmp_path / "lake")
    scan(lake, folder, "t")
    through: Callable[..., Any] = committing.leave_known
    ran: list[int] = []

    def disturbed(*given: Any) -> None:
        if not ran:
            ran.append(1)
            without_lock(lambda: process(Lake.at(lake.uri), "t"))
        through(*given)

    monkeypatch.setattr(committing, "leave_known", disturbed)
    assert process(lake, "t") == []
    rows = Ledger(lake).rows()
    assert [row["status"] for row in rows] == ["landed", "landed"]
    read = lake.read("bronze_equipment.historian_values")
    assert read is not None
    assert read.num_rows == sum(row["records_read"] for row in rows) == 100


def test_a_scan_writes_over_no_landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between a scan's look at the ledger and its writing another run lands the same bytes."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_readings(tmp_path / name, "x.csv", 8, ["1", "Bad"])
    lake = Lake.at(tmp_path / "lake")
    enter = scanning.enter

    def late(*given: Any) -> None:
        monkeypatch.setattr(scanning, "enter", enter)
        scan(lake, tmp_path / "b", "b")
        process(lake, "b")
        enter(*given)

    monkeypatch.setattr(scanning, "enter", late)
    scan(lake, tmp_path / "a", "a")
    (row,) = Ledger(lake).rows()
    assert (row["status"], row["tag"], row["records_read"]) == ("landed", "b", 2)
    assert json.loads(row["other_paths"]) == [(tmp_path / "a" / "x.csv").as_posix()]
    assert process(lake, "a") == []
