"""`casparian series` and `casparian rollup` as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from casparian.lake.store import Lake
from tests.cli.conftest import Cli
from tests.lake.exports import HEADER, land, write_tags


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """TI-1 each minute from 03:00 to 03:29, nothing until 05:00, then to 05:04: a ramp each."""
    folder = tmp_path / "exports"
    folder.mkdir()
    write_tags(folder, 100)
    minutes = [*range(30), *range(120, 125)]
    lines = [f"2025-10-28T{3 + m // 60:02d}:{m % 60:02d}:00Z,TI-1,{m % 60},Good\n" for m in minutes]
    (folder / "a.csv").write_text(HEADER + "".join(lines), "utf-8")
    found = Lake.at(tmp_path / "lake")
    land(found, folder)
    return found


def test_tags_and_a_summary(cli: Cli, lake: Lake) -> None:
    assert cli("series").out.split() == ["TI-1"]
    shown = cli("series", "TI-1").out
    assert "35 readings, one every 60 s, 1 gap, 100.0% good" in shown
    assert "min 0 degC" in shown and "▁" in shown
    (row,) = cli("series", "TI-*", "--json").json
    assert (row["readings"], row["gaps"], row["max"]) == (35, 1, 29)


def test_gaps(cli: Cli, lake: Lake) -> None:
    (gap,) = cli("series", "TI-1", "--gaps", "--json").json
    assert (gap["gap_start"], gap["gap_end"]) == ("2025-10-28T03:29:00Z", "2025-10-28T05:00:00Z")
    assert (gap["seconds"], gap["longer_than"]) == (5460, "3min")
    assert cli("series", "TI-1", "--gaps", "--max-gap", "2h", "--json").json == []


def test_faults(cli: Cli, tmp_path: Path) -> None:
    """Two hours of a wave with a spike after ten minutes, then two hours of one value."""
    folder = tmp_path / "exports"
    folder.mkdir()
    wave = [20 + (minute * 7 % 11) / 10 for minute in range(120)]
    wave[10] = 80.0
    lines = [
        f"2025-10-28T{3 + m // 60:02d}:{m % 60:02d}:00Z,TI-1,{value},Good\n"
        for m, value in enumerate([*wave, *[20.5] * 120])
    ]
    (folder / "a.csv").write_text(HEADER + "".join(lines), "utf-8")
    land(Lake.at(tmp_path / "lake"), folder)
    spike, flat = cli("series", "TI-1", "--faults", "--json").json
    assert (spike["fault"], spike["from"], spike["value"]) == ("spike", "2025-10-28T03:10:00Z", 80)
    assert (flat["fault"], flat["from"], flat["readings"]) == (
        "flat_line", "2025-10-28T05:00:00Z", 120,
    )  # fmt: skip
    span = ("--from", "2025-10-28T03:30", "--to", "2025-10-28T04:30")
    assert cli("series", "TI-1", "--faults", *span, "--json").json == []


def test_values_between_readings(cli: Cli, lake: Lake) -> None:
    span = ("--from", "2025-10-28T03:28", "--to", "2025-10-28T03:30:30", "--every", "30s")
    linear = cli("series", "TI-1", *span, "--fill", "linear", "--json").json
    assert [(row["value"], row["filled"]) for row in linear] == [
        (28, "measured"), (28.5, "linear"), (29, "measured"), (None, "none"), (None, "none"),
    ]  # fmt: skip
    step = cli("series", "TI-1", *span, "--csv").out.splitlines()
    assert step[0] == "tag_name,timestamp,value,filled"
    assert step[2] == "TI-1,2025-10-28T03:28:30Z,28.0,step"
    assert step[4].endswith(",,none")  # nothing is held into a gap


def test_windows(cli: Cli, lake: Lake) -> None:
    rows = cli("series", "TI-1", "--window", "15min", "--json").json
    assert [row["reading_count"] for row in rows] == [15, 15, 5]
    assert rows[1]["covered_ratio"] == pytest.approx(14 / 15)
    assert "3 rows" in cli("series", "TI-1", "--window", "15min").out


def test_rollup_makes_and_updates(cli: Cli, lake: Lake) -> None:
    assert cli("rollup").code == 1
    assert "made from 1 file, 3 windows" in cli("rollup", "--window", "15min").out
    assert "up to date, 3 rows" in cli("rollup").out
    refused = cli("rollup", "--window", "15min", "--max-gap", "1min")
    assert refused.code == 1 and "--rebuild" in refused.err
    (done,) = cli("rollup", "--window", "15min", "--max-gap", "1min", "--rebuild", "--json").json
    assert (done["anew"], done["rows"]) == (True, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("TI-1", "--window", "soon"), "no length of time"),
        (("TI-1", "--window", "1h", "--gaps"), "Give one of"),
        (("TI-1", "--from", "yesterday"), "no ISO time"),
        (("XX",), "no readings of XX"),
        (("TI-1", "--window", "1h", "--timezone", "Mars/Base"), "Mars/Base"),
        (("TI-1", "--window", "1us"), "shorter span"),
        (("TI-1", "--table", "nowhere"), "no table"),
        (("TI-1", "--window", "1d", "--day-start", "six"), "06:00"),
    ],
)
def test_misuse_is_one_sentence(cli: Cli, lake: Lake, words: tuple[str, ...], said: str) -> None:
    answer = cli("series", *words)
    assert answer.code in (1, 2)
    assert said in answer.err.replace("\n", " ")


def test_a_window_is_followed_back_to_its_readings(cli: Cli, lake: Lake) -> None:
    cli("rollup", "--window", "15min")
    (row,) = cli(
        "explain", "silver_equipment.historian_15min", "--limit", "1", "--json",
        "--where", "reading_count = 5",
    ).json["rows"]  # fmt: skip
    assert row["readings"]["count"] == 5
    (source,) = row["readings"]["sources"]
    assert (source["records"], source["file"]["source_path"]) == (5, "a.csv")
