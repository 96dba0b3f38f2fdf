"""`casparian chart alarms` and `casparian chart causes`, from the lake and from files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.cli.conftest import Cli

START = datetime(2025, 10, 25, tzinfo=UTC)
RNG = np.random.default_rng(4)
HEAD = "alarm_id,timestamp,tag_name,state,priority,message"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Twelve alarms within six minutes, each cleared after one."""
    lines = [HEAD]
    for i in range(12):
        at = START + timedelta(seconds=30 * i)
        lines.append(f"A-{i},{at:%Y-%m-%dT%H:%M:%SZ},LI-{i % 3},ACTIVE,2,Level")
        lines.append(f"A-{i},{at + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ},LI-{i % 3},CLEAR,2,")
    path = tmp_path / "journal.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_a_journal_of_any_format_is_a_file_to_chart(cli: Cli, journal: Path) -> None:
    found = cli("chart", "alarms", journal, "--json").json
    assert (found["alarms"], found["flood_count"], found["peak_10_minutes"]) == (12, 1, 12)
    assert found["bad_actors"][0] == {
        "alarm": "LI-0", "message": "Level", "alarms": 4, "share_ratio": 1 / 3,
        "cumulative_ratio": 1 / 3, "chattering": 0,
    }  # fmt: skip
    assert found["title"] == "journal"
    assert not Path("lake").exists()


def test_what_is_no_journal_is_said(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    answer = cli("chart", "alarms", path)
    assert (answer.code, "no alarm journal" in answer.err) == (1, True)
    path.write_text("", "utf-8")
    assert cli("chart", "alarms", path).code == 1
    only_bad = tmp_path / "bad.csv"
    only_bad.write_text(f"{HEAD}\nA-1,yesterday,LI-1,ACTIVE,2,Level\n", "utf-8")
    answer = cli("chart", "alarms", only_bad)
    assert answer.code == 1
    assert "all 1 records were refused" in answer.err


def change(position: str, minute: int, state: str = "ACTIVE") -> dict[str, Any]:
    return {
        "alarm_id": f"{position}-{minute}", "state": state, "paired_by": "event",
        "timestamp": START + timedelta(minutes=minute), "tag_name": f"TI-{position}",
        "condition": None, "area": position, "priority": 1, "message": "hot", "shelved": None,
    }  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Path:
    rows = [change("A", i) for i in range(15)] + [change("B", 55), change("B", 115)]
    schema = pa.Table.from_pylist([{**rows[0], "condition": "HI", "shelved": False}]).schema
    folder = tmp_path / "lake"
    write_deltalake(
        folder / "silver" / "equipment" / "alarms", pa.Table.from_pylist(rows, schema=schema)
    )
    monkeypatch.setenv("CASPARIAN_LAKE", str(folder))
    return folder


def test_positions_of_the_lake_are_listed_and_judged_over_the_whole_journal(
    cli: Cli, lake: Path
) -> None:
    listed = cli("chart", "alarms", "--json").json
    assert listed == [{"position": "A", "alarms": 15}, {"position": "B", "alarms": 2}]
    found = cli("chart", "alarms", "--position", "a", "--json").json
    assert (found["from"], found["to"]) == ("2025-10-25T00:00:00Z", "2025-10-25T02:00:00Z")
    assert found["an_hour"] == 7.5
    assert found["alarms_in_10_minutes"] == [10, 5, *[0] * 10]
    assert cli("chart", "alarms", "--all", "--json").json["alarms"] == 17


def test_the_period_is_the_users(cli: Cli, lake: Path) -> None:
    words = ("chart", "alarms", "--position", "A", "--from", "2025-10-25T00:05")
    found = cli(*words, "--to", "2025-10-25T00:15", "--json").json
    assert found["alarms"] == 10
    assert "no alarm was raised" in cli(*words[:4], "--from", "2025-10-25T01:00").err
    assert "must end after" in cli(*words, "--to", "2025-10-25").err
    assert cli(*words, "--to", "soon").code == 2
    assert cli("chart", "alarms", "--all", "--position", "A").code == 2
    assert "No operator position" in cli("chart", "alarms", "--position", "C").err


def test_alarms_need_a_journal(cli: Cli, seen: Path) -> None:
    assert "no silver_equipment.alarms yet" in cli("chart", "alarms").err


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Forty parts; the coolant moves with the diameter from the 26th on."""
    lines = ["part;diameter;coolant;pressure;note"]
    for i in range(40):
        warm = float(i >= 25)
        cells = (10 + 0.2 * warm, 20 + 9 * warm, 5.0)
        noisy = (f"{cell + RNG.normal(0, 0.05):.4f}".replace(".", ",") for cell in cells)
        lines.append(";".join((f"P{i}", *noisy, "ok")))
    path = tmp_path / "runs.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_causes_of_a_file_are_its_other_columns_of_numbers(cli: Cli, runs: Path) -> None:
    found = cli("chart", "causes", runs, "--value", "diameter", "--json").json
    assert [each["name"] for each in found["candidates"]] == ["coolant", "pressure"]
    assert found["change"] == 25
    assert Path(found["out"]).is_file()
    one = cli("chart", "causes", runs, "--value", "diameter", "--with", "pressure", "--json").json
    assert [each["name"] for each in one["candidates"]] == ["pressure"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "needs --value COLUMN"),
        (("--value", "width"), "no column 'width'; its columns are part, diameter"),
        (("--value", "diameter", "--with", "heat"), "no column 'heat'"),
        (("--value", "diameter", "--with", "note"), "holds 'ok', no number"),
        (("--value", "note"), "holds 'ok', no number"),
    ],
)
def test_causes_say_what_is_wrong(cli: Cli, runs: Path, words: tuple[str, ...], said: str) -> None:
    answer = cli("chart", "causes", runs, *words)
    assert (answer.code, said in answer.err) == (1, True), answer.err


def test_causes_of_the_lake_come_from_the_mart(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASPARIAN_LAKE", str(tmp_path / "lake"))
    assert "no gold_quality.fct_quality_by_process yet" in cli("chart", "causes").err
    rows = [
        {"measurement": f"m{i}", "tag_name": tag, "tag_units": "degC", "part_number": "P-1",
         "feature": "Bore", "machine_id": "M1", "source_format": "cmm",
         "measured_at": START + timedelta(minutes=i),
         "actual": 10 + (i >= 20) * 0.5 + 0.01 * (i % 3),
         "value_mean": (30 * (i >= 20) + i % 5) if tag == "TT-1" else (None if i % 4 else i % 7)}
        for i in range(40) for tag in ("TT-1", "FT-2")
    ]  # fmt: skip
    # a gage measured the same bore half a millimetre off: a series of its own
    rows += [row | {"measurement": f"g{i}", "source_format": "aqdef", "actual": 10.5 + i % 2}
             for i, row in enumerate(rows[:30])]  # fmt: skip
    schema = pa.schema([
        *((name, pa.string()) for name in ("measurement", "tag_name", "tag_units", "part_number",
                                           "feature", "machine_id", "source_format")),
        ("measured_at", pa.timestamp("us", "UTC")), ("actual", pa.float64()),
        ("value_mean", pa.float64()),
    ])  # fmt: skip
    mart = tmp_path / "lake" / "gold" / "quality" / "fct_quality_by_process"
    write_deltalake(mart, pa.Table.from_pylist(rows, schema=schema))
    assert "name one" in cli("chart", "causes", "--part", "P-1").err
    found = cli("chart", "causes", "--part", "P-1", "--format", "cmm", "--json").json
    assert found["candidates"][0]["name"] == "TT-1"
    assert found["candidates"][1]["n"] == 10
    assert found["changed_at"] == "2025-10-25 00:20 UTC"
