"""The section on checks: there where tables were checked, and not a word where none was."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
from rich.console import Console

from casparian.report import collect
from casparian.report.data import Checks, FailedCheck, ReportData
from casparian.report.html import html
from casparian.report.screen import print_summary

AT = datetime(2025, 10, 30, 6, tzinfo=UTC)
FAILED = FailedCheck("silver_quality.defects", "count is never missing", True, 3, 941, "null")
CHECKS = Checks(2, 40, 1, AT, (FAILED, replace(FAILED, critical=False, unexpected=None)))


def with_checks(*rows: tuple[str, int, bool | None, str, int | None]) -> ReportData:
    """A lake of nothing but checks: address, hour, success, severity, unexpected rows."""
    found = [
        {"address": address, "checked_at": AT.replace(hour=hour), "success": success,
         "severity": severity, "meaning": f"{severity} of {address}", "expectation": "range",
         "unexpected": unexpected, "evaluated": 10, "found": None}
        for address, hour, success, severity, unexpected in rows
    ]  # fmt: skip
    types = {"checked_at": pa.timestamp("us", "UTC"), "success": pa.bool_(),
             "unexpected": pa.int64(), "evaluated": pa.int64()}  # fmt: skip
    schema = pa.schema([(name, types.get(name, pa.string())) for name in found[0]])
    with duckdb.connect() as lake:
        lake.execute("create schema ops")
        lake.register("given", pa.Table.from_pylist(found, schema))
        lake.execute("create table ops.expectations as select * from given")
        return collect(lambda sql: lake.sql(sql).to_arrow_table())


def test_the_last_check_of_each_table_counts() -> None:
    found = with_checks(
        ("silver.a", 5, False, "critical", 9),  # put right since
        ("silver.a", 6, True, "critical", 0),
        ("silver.a", 6, False, "warning", 2),
        ("gold.b", 5, False, "critical", None),
        ("gold.b", 5, None, "warning", None),
    ).checks
    assert found is not None
    assert (found.tables, found.expectations, found.not_asked, found.critical) == (2, 4, 1, 1)
    assert found.checked_at == AT
    assert [(each.table, each.critical, each.unexpected) for each in found.failed] == [
        ("gold.b", True, None), ("silver.a", False, 2),
    ]  # fmt: skip


def test_the_page_names_what_failed_the_critical_first() -> None:
    page = html(ReportData(checks=CHECKS))
    assert 'href="#checks"' in page
    assert "40 expectations of 2 tables: 1 critical failed, 1 warning, 1 not asked." in page
    assert "3 of 941" in page
    assert page.index("<b>critical</b>") < page.index(">warning<")


def test_a_lake_without_checks_says_nothing_of_them() -> None:
    with duckdb.connect() as lake:
        data = collect(lambda sql: lake.sql(sql).to_arrow_table())
    assert data.checks is None
    assert not any("expectations" in sentence for sentence in data.absent)
    page = html(data)
    assert "#checks" not in page
    assert ">Checks<" not in page


def test_the_screen_has_a_line_of_them() -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    print_summary(ReportData(checks=CHECKS), console)
    assert "Checks: 40 expectations of 2 tables, 1 critical failed, 1 warning." in (
        console.export_text()
    )
