"""query: tables by their addresses, in every shape of answer, and nothing but the lake."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Cli

VALUES = 'SELECT "timestamp", value FROM silver_equipment.historian_values ORDER BY 1'


def test_table(cli: Cli, seen: Path) -> None:
    answer = cli("query", VALUES)
    assert answer.code == 0
    assert "2025-10-28 03:00:00Z" in answer.out
    assert "2 rows" in answer.out


def test_json(cli: Cli, seen: Path) -> None:
    rows = [
        {"timestamp": "2025-10-28T03:00:00Z", "value": 20.0},
        {"timestamp": "2025-10-28T03:04:00Z", "value": 22.0},
    ]
    assert cli("query", VALUES, "--json").json == rows
    lines = cli("query", VALUES, "--json", "--lines").out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert cli("query", f"{VALUES} LIMIT 0", "--json").json == []


def test_csv(cli: Cli, seen: Path) -> None:
    expected = "timestamp,value\n2025-10-28T03:00:00Z,20.0\n2025-10-28T03:04:00Z,22.0\n"
    assert cli("query", VALUES, "--csv").out == expected
    assert cli("query", f"{VALUES} LIMIT 0", "--csv").out == "timestamp,value\n"


def test_limit_says_so(cli: Cli, seen: Path) -> None:
    answer = cli("query", VALUES, "--limit", 1)
    assert "03:04" not in answer.out
    assert "The first 1 rows; --limit 0 shows all." in answer.out
    assert len(cli("query", VALUES, "--limit", 1, "--json").json) == 1
    assert cli("query", "SELECT 1 AS n", "--limit", 1).out.endswith("1 row\n")


def test_out(cli: Cli, seen: Path, tmp_path: Path) -> None:
    assert cli("query", VALUES, "--out", "a/values.parquet", "--json").json["rows"] == 2
    assert pq.read_table(tmp_path / "a" / "values.parquet")["value"].to_pylist() == [20.0, 22.0]
    assert "2 rows in" in cli("query", VALUES, "--out", "values.csv").out
    assert pacsv.read_csv(tmp_path / "values.csv").num_rows == 2
    assert cli("query", VALUES, "--out", "values.xls").code == 2


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT nothing FROM ops.files", "nothing"),
        (
            "FROM silver_equipment.historian_valuez",
            "did you mean silver_equipment.historian_values",
        ),
        ("FROM historian_values", "did you mean silver_equipment.historian_values"),
        (
            "SELECT * FROM 'exports/tags.csv'",
            "SQL may read the tables of the lake and nothing else",
        ),
        ("SELECT * FROM read_text('exports/tags.csv')", "and nothing else"),
        ("COPY (SELECT 1) TO 'x.csv'", "and nothing else"),
        ("SET enable_external_access = true", "give one SELECT"),
    ],
)
def test_errors_are_one_sentence(cli: Cli, seen: Path, sql: str, said: str) -> None:
    answer = cli("query", sql)
    assert answer.code == 1
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_empty_lake(cli: Cli) -> None:
    answer = cli("query", VALUES)
    assert answer.code == 1
    assert "scan and process a folder first" in answer.err


def test_memory(cli: Cli, seen: Path) -> None:
    assert cli("query", VALUES, "--memory", "200MB").code == 0
    assert "no amount of memory" in cli("query", VALUES, "--memory", "much").err
