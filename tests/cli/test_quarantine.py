"""quarantine and explain on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli, tag_list


def test_list(cli: Cli, seen: Path) -> None:
    answer = cli("quarantine", "list")
    assert answer.code == 0
    assert "3 records of 1 file in quarantine." in answer.out
    assert "Above max (100)" in answer.out
    assert "readings.csv" in cli("quarantine", "list", "--by", "file").out
    (row,) = cli("quarantine", "list", "--reason", "above", "--json").json
    assert (row["table"], row["rule"], row["records"]) == ("historian_values", "above_max", 1)
    assert cli("quarantine", "list", "--file", "x*", "--json").json == []


def test_list_names_the_offline_sensor(cli: Cli, tmp_path: Path) -> None:
    lines = [
        f"2025-10-28T03:{minute:02d}:00Z,PI-2,{0 if minute < 15 else 3},Good"
        for minute in range(20)
    ]
    (tmp_path / "exports").mkdir()
    tags = tag_list(100) + "PI-2,Main,bar,0,10,false,float,60\n"
    (tmp_path / "exports" / "tags.csv").write_text(tags)
    text = "Timestamp,Tag,Value,Quality\n" + "\n".join(lines) + "\n"
    (tmp_path / "exports" / "line.csv").write_text(text)
    cli("scan", "exports")
    cli("process")
    assert (
        "PI-2 was offline from 2025-10-28T03:00:00Z to 2025-10-28T03:14:00Z "
        "(as written in line.csv): 15 readings." in cli("quarantine", "list").out
    )


def test_show(cli: Cli, seen: Path) -> None:
    rows = cli("quarantine", "show", "--json").json
    assert [(row["reason"], row["value"], row["_source_row"]) for row in rows] == [
        ("Above max (100)", "120.0", 2), ("Missing value", None, 3), ("Quality Bad", "21.0", 4),
    ]  # fmt: skip
    limited = cli("quarantine", "show", "--limit", 1)
    assert "1 record. --limit 0 shows all." in limited.out
    assert "120.0" in limited.out


def test_replay(cli: Cli, landed: Path) -> None:
    (landed / "tags_new.csv").write_text(tag_list(125), "utf-8")
    cli("scan", landed, "--tag", "demo")
    cli("process")
    dry = cli("quarantine", "replay", "--dry-run")
    assert "3 records judged again: 1 would go to silver." in dry.out
    assert "3 records of 1 file" in cli("quarantine", "list").out
    (row,) = cli("quarantine", "replay", "--json").json
    assert (row["chosen"], row["valid"], row["kept"]) == (3, 1, 2)
    assert "2 records of 1 file" in cli("quarantine", "list").out
    assert cli("files", "--check-books").code == 0
    assert "Replayed 1 records with contract historian" in cli("files", "readings.csv").out


def test_replay_fails_where_a_file_is_gone(cli: Cli, landed: Path) -> None:
    (landed / "readings.csv").unlink()
    answer = cli("quarantine", "replay")
    assert answer.code == 1
    assert "readings.csv: The file is gone or has changed" in answer.out


def test_explain(cli: Cli, seen: Path) -> None:
    answer = cli("explain", "historian_values", "--where", "value = 22")
    assert answer.code == 0
    for part in (
        "is record 5 of",
        "readings.csv",
        "there, and its hash matches",
        "contract version",
    ):
        assert part in answer.out
    data = cli("explain", "historian_hourly", "--json").json
    assert data["rows"][0]["readings"]["count"] == 2
    assert "No row of" in cli("explain", "historian_values", "--where", "false").out
    assert cli("explain", "historian_valuez").code == 1
    assert cli("explain", "historian_values", "--limit", 0).code == 2
