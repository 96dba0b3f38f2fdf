"""What is read from Trino's plan of a query, and what is said where there is no Trino.

The plan is one that Trino 476 gave; the job itself runs on a real one in tests/local.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from casparian.lake.query_columns import ANY
from casparian.lake.store import Lake
from local.process import free_port
from spark_jobs import read_queries

VALUES = "silver_equipment.historian_values"


def table(name: str, catalog: str = "lake", **limits: list[dict[str, Any]]) -> dict[str, Any]:
    schema, _, bare = name.partition(".")
    constraints = [
        {"columnName": column, "domain": {"nullsAllowed": False, "ranges": ranges}}
        for column, ranges in limits.items()
    ]
    return {
        "table": {"catalog": catalog, "schemaTable": {"schema": schema, "table": bare}},
        "constraint": {"none": False, "columnConstraints": constraints},
    }


ONE = [{"low": {"value": "a", "bound": "EXACTLY"}, "high": {"value": "a", "bound": "EXACTLY"}}]
ABOVE = [{"low": {"value": "3.0E0", "bound": "ABOVE"}, "high": {"bound": "BELOW"}}]
NOT_NULL = [{"low": {"bound": "ABOVE"}, "high": {"bound": "BELOW"}}]


def test_a_table_read_twice_is_one_query_and_not_null_limits_nothing() -> None:
    plan = {
        "inputTableColumnInfos": [
            table(VALUES, tag_name=ONE, value=NOT_NULL),
            table(VALUES, timestamp=ABOVE, tag_name=ONE),
            table("information_schema.tables", table_name=ONE),
            table("public.orders", catalog="postgres", order_id=ONE),
        ]
    }
    assert read_queries._asked(plan, "lake") == {
        (VALUES, ANY), (VALUES, "tag_name"), (VALUES, "timestamp"),
    }  # fmt: skip


def test_without_a_trino_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TRINO_HOST", raising=False)
    assert read_queries.main(["--lake", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["queries"], told["note"][:21]) == (0, "TRINO_HOST names no T")
    assert Lake.at(tmp_path).addresses() == []


def test_a_trino_that_does_not_answer_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRINO_HOST", "127.0.0.1")
    monkeypatch.setenv("TRINO_PORT", str(free_port()))
    assert read_queries.main(["--lake", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("No Trino answers at 127.0.0.1:")
    assert said.count("\n") == 1
