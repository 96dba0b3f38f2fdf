"""Twice is once: again, under another name, touched, replaced, overlapping, in any order."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.ledger import Ledger
from casparian.lake.process import process
from casparian.lake.scan import Scan, scan
from casparian.lake.store import Lake
from casparian.plant import write_plant
from tests.engine.content import books, check_books, check_keys, column, ledger, tables, versions
from tests.engine.exports import START, iso, messy_lines, write_export, write_messy, write_tags

VALUES = "silver_equipment.historian_values"
KEY = {VALUES: ("timestamp", "tag_name")}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(tmp_path / "lake")


def land(lake: Lake, root: Path) -> tuple[Scan, list[dict[str, Any]]]:
    return scan(lake, root, "t"), process(lake, "t")


def test_again_changes_nothing(lake: Lake, tmp_path: Path) -> None:
    root = write_messy(tmp_path / "in")
    land(lake, root)
    before, at = tables(lake), versions(lake)
    found, written = land(lake, root)
    assert not found.fresh
    assert written == []
    assert tables(lake) == before
    assert versions(lake) == at, "not even an empty commit"


def test_the_plant_again_changes_nothing(landed_plant: Any) -> None:
    lake, root = landed_plant.lake, landed_plant.plant.exports
    at = versions(lake)
    found = scan(lake, root, "plant")
    assert not found.fresh
    assert process(lake, "plant") == []
    assert versions(lake) == at


def test_the_same_bytes_under_another_name(lake: Lake, tmp_path: Path) -> None:
    root = write_messy(tmp_path / "in")
    land(lake, root)
    before = tables(lake)
    copy = root / "copies" / "other.csv"
    copy.parent.mkdir()
    shutil.copy(root / "historian" / "line_0.csv", copy)
    found, written = land(lake, root)
    assert not found.fresh
    assert written == []
    assert tables(lake) == before
    row = next(row for row in Ledger(lake).rows() if row["source_path"] == "historian/line_0.csv")
    assert json.loads(row["other_paths"]) == [copy.as_posix()]
    at = versions(lake)
    land(lake, root)
    assert versions(lake) == at


def test_touched(lake: Lake, tmp_path: Path) -> None:
    root = write_messy(tmp_path / "in")
    land(lake, root)
    before = tables(lake)
    os.utime(root / "historian" / "line_1.csv", ns=(1, 1))
    found, written = land(lake, root)
    assert not found.fresh
    assert written == []
    assert tables(lake) == before
    at = versions(lake)
    land(lake, root)
    assert versions(lake) == at


def test_touched_between_scan_and_process(lake: Lake, tmp_path: Path) -> None:
    root = write_messy(tmp_path / "in")
    scan(lake, root, "t")
    os.utime(root / "historian" / "line_1.csv", ns=(1, 1))
    rows = {row["source_path"]: row for row in process(lake, "t")}
    assert rows["historian/line_1.csv"]["status"] == "failed"
    assert json.loads(rows["historian/line_1.csv"]["notes"]) == [
        "The file changed while it was read: it stays for the next run."
    ]
    _, again = land(lake, root)
    assert [row["status"] for row in again] == ["landed"]
    check_books(lake)


def test_replaced_by_other_content(lake: Lake, tmp_path: Path) -> None:
    """Landed content stays; the new content is a file of its own; going back is known."""
    path = write_export(tmp_path / "in" / "values.csv", messy_lines(1))
    first = path.read_bytes()
    land(lake, path.parent)
    write_export(path, messy_lines(4))
    found, written = land(lake, path.parent)
    assert len(found.fresh) == len(written) == 1
    assert len(ledger(lake)) == 2
    at = versions(lake)
    land(lake, path.parent)
    assert versions(lake) == at, "two rows of one path, and still nothing to do"
    path.write_bytes(first)
    found, written = land(lake, path.parent)
    assert not found.fresh
    assert written == []
    check_books(lake)


def test_replaced_before_it_was_landed_and_back(lake: Lake, tmp_path: Path) -> None:
    path = write_export(tmp_path / "in" / "values.csv", messy_lines(1))
    first = path.read_bytes()
    scan(lake, path.parent, "t")
    write_export(path, messy_lines(4))
    scan(lake, path.parent, "t")
    path.write_bytes(first)
    _, written = land(lake, path.parent)
    assert [row["status"] for row in written] == ["landed"]
    check_books(lake)


def test_moved_before_it_was_landed(lake: Lake, tmp_path: Path) -> None:
    path = write_export(tmp_path / "in" / "values.csv", messy_lines(1))
    scan(lake, path.parent, "t")
    path.rename(path.with_name("moved.csv"))
    _, written = land(lake, path.parent)
    assert [(row["status"], row["source_path"]) for row in written] == [("landed", "moved.csv")]
    check_books(lake)


def test_removed_between_scan_and_process(lake: Lake, tmp_path: Path) -> None:
    root = write_messy(tmp_path / "in")
    scan(lake, root, "t")
    kept = (root / "historian" / "line_1.csv").read_bytes()
    (root / "historian" / "line_1.csv").unlink()
    rows = {row["source_path"]: row for row in process(lake, "t")}
    assert rows["historian/line_1.csv"]["status"] == "failed"
    assert rows["historian/line_0.csv"]["status"] == "landed"
    (root / "historian" / "line_1.csv").write_bytes(kept)
    land(lake, root)
    check_books(lake)
    assert {row["status"] for row in Ledger(lake).rows()} == {"landed"}


def test_cross_file_copies_and_conflicts(lake: Lake, tmp_path: Path) -> None:
    """The first file by path wins within a run, what the lake has wins over a later run."""
    lines = [f"{iso(START)},LI-2.PV,{v},Good" for v in ("5", "5.0", "6")]
    other = f"{iso(START.replace(hour=7))},LI-2.PV,1,Good"
    write_export(tmp_path / "one" / "a.csv", [lines[0]])
    write_export(tmp_path / "one" / "b.csv", [lines[1], other])
    write_export(tmp_path / "one" / "c.csv", [lines[2]])
    write_export(tmp_path / "two" / "0.csv", [lines[2], lines[0], other])
    land(lake, tmp_path / "one")
    assert books(lake) == {"a.csv": (1, 1, 0, 0), "b.csv": (2, 1, 0, 1), "c.csv": (1, 0, 1, 0)}
    land(lake, tmp_path / "two")
    # the second line is behind the first and no copy of a line of its own file
    got = books(lake)["0.csv"]
    assert got[:2] == (3, 0)
    assert sorted(column(lake, VALUES, "value")) == [1.0, 5.0]
    reasons = column(lake, "ops_equipment.historian_values_quarantine", "reason")
    assert reasons.count("Conflicts with an earlier reading") == 2
    check_books(lake)
    check_keys(lake, KEY)


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_three_overlapping_files_in_any_order(order: tuple[str, ...], tmp_path: Path) -> None:
    """Whoever comes first: all readings once, all books closed, hours as silver has them."""
    lake = Lake.at(tmp_path / "lake")
    lines = [
        f"{iso(START.replace(minute=m % 60, hour=6 + m // 60))},LI-2.PV,{m},Good"
        for m in range(0, 150, 5)
    ]
    write_export(tmp_path / "a" / "a.csv", lines[:18])
    write_export(tmp_path / "b" / "b.csv", lines[8:24])
    write_export(tmp_path / "c" / "c.csv", lines[14:])
    for name in order:
        land(lake, tmp_path / name)
    assert sorted(column(lake, VALUES, "value")) == [float(m) for m in range(0, 150, 5)]
    assert sum(column(lake, "silver_equipment.historian_hourly", "reading_count")) == len(lines)
    assert sum(entry[3] for entry in books(lake).values()) == 18 + 16 + 16 - 30
    check_books(lake)
    check_keys(lake, KEY)


def test_a_file_in_no_order_with_copies_of_its_own(lake: Lake, tmp_path: Path) -> None:
    import random

    lines = [
        f"{iso(START.replace(minute=m % 60, hour=6 + m // 60))},LI-2.PV,{m},Good"
        for m in range(300)
    ]
    random.Random(1).shuffle(lines)
    write_export(tmp_path / "in" / "a.csv", [*lines, *lines[:40]])
    _, (row,) = land(lake, tmp_path / "in")
    assert books(lake)["a.csv"] == (340, 300, 0, 40)
    assert "no order of time" in row["notes"]
    check_keys(lake, KEY)


def test_newest_first(lake: Lake, tmp_path: Path) -> None:
    lines = [f"{iso(START.replace(minute=m))},LI-2.PV,{m},Good" for m in reversed(range(60))]
    write_tags(tmp_path / "in")
    write_export(
        tmp_path / "in" / "a.csv",
        [*lines, lines[3], f"{iso(START.replace(minute=30))},LI-2.PV,99,Good"],
    )
    land(lake, tmp_path / "in")
    assert books(lake)["a.csv"] == (62, 60, 1, 1)


def test_keys_are_compared_in_passes(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More rows than keys are held at once: the same duplicates are found."""
    write_plant(tmp_path / "plant", days=4, seed=7, scale=0.05)
    other = Lake.at(tmp_path / "passes")
    for each, most in ((lake, None), (other, 50)):
        if most is not None:
            monkeypatch.setattr("casparian.lake.settle.MOST_KEYS", most)
        scan(each, tmp_path / "plant" / "exports", "plant")
        process(each, "plant")
    assert books(other) == books(lake)
    assert sum(duplicates for *_, duplicates in books(lake).values()) > 1000
