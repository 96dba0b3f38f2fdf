"""A big file landed in spans gives the rows, verdicts and books of the file landed whole."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casparian.formats import all_formats
from casparian.lake import spans as spans_module
from casparian.lake.landed import Export, Landed
from casparian.lake.landing import Landing
from casparian.lake.ledger import Ledger
from casparian.lake.process import (
    export,
    land_rows,
    process,
    process_reference,
    tags_of,
)
from casparian.lake.scan import scan
from casparian.lake.spans import cut, joined, spanned, survey, together
from casparian.lake.store import Lake
from casparian.reading import span as span_module
from casparian.reading import text
from tests.lake.exports import books, content

BLOCK = 4096
TAGS = "tag_name,units,range_low,range_high,zero_allowed,data_type\n"


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 4 KiB, so that a small file has many."""
    defaults = text.utf8_chunks.__defaults__
    monkeypatch.setattr(text.utf8_chunks, "__defaults__", (BLOCK,))
    assert defaults == (text.BLOCK_BYTES,)
    monkeypatch.setattr(span_module, "BLOCK_BYTES", BLOCK)
    monkeypatch.setattr(spans_module, "BLOCK_BYTES", BLOCK)


def write(
    path: Path, seed: int, *, zone: str | None = None, start: str = "2025-10-25T20:00"
) -> None:
    """Readings with offline hours, copies, late ones, quoted line ends and damaged lines."""
    dice = random.Random(seed)
    at = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone) if zone else UTC)
    lines = ["Timestamp;Tag;Value;Quality;Note"]
    off = dict.fromkeys(("A-1", "A-2", "B-1"), 0)
    for step in range(1500):
        now = (
            at.astimezone(UTC) + timedelta(minutes=step * dice.choice((1, 1, 1, 2)) / 2 + step)
        ).astimezone(at.tzinfo)
        stamp = now.strftime("%Y-%m-%d %H:%M:%S") + ("" if zone else "Z")
        for tag in off:
            off[tag] = off[tag] - 1 if off[tag] else dice.choice((0,) * 60 + (4, 15, 200))
            value = "0" if off[tag] else f"{dice.uniform(1, 130):.2f}"
            note = dice.choice(('""',) * 30 + ('"two\nlines"', '"a ""quote"""', '"x;y"', "plain"))
            line = f"{stamp};{tag};{value};{dice.choice(('Good',) * 20 + ('Bad', '64'))};{note}"
            lines.append(line)
            if dice.random() < 0.01:
                lines.append(
                    dice.choice((lines[-1], lines[max(1, len(lines) - 40)], "broken;line", ""))
                )
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="")


def lake_of(folder: Path, name: str, exports: Path, zone: str | None) -> Lake:
    lake = Lake.at(folder / name)
    (exports / "tags.csv").write_text(
        TAGS + "A-1,bar,-1,120,false,float\nA-2,bar,,,true,float\nB-1,K,0,,false,float\n", "utf-8"
    )
    scan(lake, exports, "t", timezone=zone)
    process_reference(lake)
    return lake


def land_in_spans(lake: Lake, size: int) -> int:
    """What the Spark job does, without Spark; the number of spans."""
    formats = all_formats()
    made: list[Export] = []

    def engine(group: list[dict[str, object]], at: datetime) -> Landed:
        outcomes = []
        for row in group:
            whole = export(row)
            ranges = cut(formats[whole.format], whole, size)
            pieces = [replace(whole, span=each) for each in ranges]
            surveys = [survey(Landing(lake, formats, tags_of(lake), at), each) for each in pieces]
            if ranges and (one := together(ranges, surveys)) != ranges:
                ranges = one
                pieces = [replace(whole, span=each) for each in ranges]
                surveys = [survey(Landing(lake, formats, tags_of(lake), at), x) for x in pieces]
            for each in spanned(whole, ranges, surveys) if ranges else [whole]:
                made.append(each)
                landing = Landing(lake, formats, tags_of(lake), at)
                landing.add(each)
                outcomes.append(landing.finish())
        return joined(reduce(Landed.merged, reversed(outcomes), Landed()))

    rows = Ledger(lake).rows("t", ("new",))
    land_rows(lake, rows, formats, engine, "laptop")
    return len(made)


def rounded(rows: list[str]) -> list[str]:
    """Sums are added in another order: their last digits may differ."""
    return [re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.9g}", row) for row in rows]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_spans_are_the_whole(tmp_path: Path, seed: int, zone: str | None) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    write(exports / "readings.csv", seed, zone=zone)
    whole, cut_up = (lake_of(tmp_path, name, exports, zone) for name in ("whole", "cut"))
    process(whole, "t")
    count = land_in_spans(cut_up, 3 * BLOCK)
    assert count > 8
    left, right = books(whole), books(cut_up)
    assert right == left
    assert left["readings.csv"][0] == "landed"
    assert left["readings.csv"][3] > 50
    ours, theirs = content(cut_up), content(whole)
    assert ours.keys() == theirs.keys()
    for address, rows in theirs.items():
        if "historian_hourly" in address or "historian_daily" in address:
            ours[address], rows = map(rounded, (ours[address], rows))
        assert ours[address] == rows, address


def write_wide(path: Path) -> None:
    """A tag a column, below a title and with a row of units; some cells empty, some lines short."""
    dice = random.Random(5)
    lines = ["Line 1, all tags", "", "Time;A-1;A-2;B-1;Note", ";bar;bar;K;"]
    for step in range(1500):
        stamp = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=step)
        cells = [dice.choice(("", "0", f"{dice.uniform(1, 130):.2f}")) for _ in range(3)]
        lines.append(";".join((f"{stamp:%d.%m.%Y %H:%M}", *cells, "")))
        if dice.random() < 0.01:
            lines.append("broken;line")
    path.write_text("\n".join(lines) + "\n", "utf-8", newline="")


def test_spans_of_a_wide_file(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    write_wide(exports / "readings.csv")
    whole, cut_up = (lake_of(tmp_path, name, exports, None) for name in ("whole", "cut"))
    process(whole, "t")
    assert land_in_spans(cut_up, 3 * BLOCK) > 2
    assert books(cut_up) == books(whole)
    ours, theirs = content(cut_up), content(whole)
    for address, rows in theirs.items():
        assert list(map(rounded, (ours[address],))) == list(map(rounded, (rows,))), address


def test_small_and_unknown_encodings_stay_whole(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", 1)
    content = (tmp_path / "a.csv").read_text("utf-8")
    (tmp_path / "b.csv").write_text(content, "utf-16")
    lake = Lake.at(tmp_path / "lake")
    rows = {
        row["source_path"]: export(row) for row in scan(lake, tmp_path, "t").rows if row["format"]
    }
    form = all_formats()["historian_csv"]
    assert cut(form, rows["a.csv"], 1 << 30) == []
    assert cut(form, rows["b.csv"], BLOCK) == []
    assert len(cut(form, rows["a.csv"], BLOCK)) > 10
