"""The report of a small lake: tables in DuckDB under the addresses that the lake gives them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from casparian.report import collect, write_report
from casparian.report.data import OpenFile, QuarantineRow

HISTORIAN = "ops_equipment.historian_values_quarantine"

TABLES = {
    "gold_production.fct_oee_day": """
        select * from (values
            ('L1', 'HAM', date '2025-10-27', 3600.0, 1800.0, 900.0, 10.0, 5.0, .5, .5, .5, .125,
                null),
            ('L1', 'HAM', date '2025-10-28', 3600.0, 3600.0, 3600.0, 100.0, 100.0, 1, 1, 1, 1,
                null),
            ('L1', 'HAM', date '2025-10-29', 0.0, 0.0, 0.0, 0.0, 0.0, null, null, null, null,
                'no planned busy time'),
            ('L2', 'HAM', date '2025-10-27', 3600.0, 3600.0, null, 10.0, 9.0, 1, null, .9, null,
                'no ideal cycle for machine M2, product B')
        ) t(line_id, site_id, shift_date, pbt_s, apt_s, pri_pq_s, pq, gq, availability_ratio,
            effectiveness_ratio, quality_ratio, oee_ratio, missing)""",
    "gold_equipment.downtime_summary": """
        select 'L1' line_id, 'M-1' reason_code, 'Jam' reason, 'Minor stop' category,
            3 event_count, 600.0 downtime_s, 1.0 share_ratio, 1.0 cumulative_ratio""",
    "gold_quality.spc_control_limits": """
        select 'cmm' source_format, 'P-1' part_number, 'Bore' feature, 'M1' machine_id,
            'xbar_r' chart, 5 subgroup_size, 20 baseline_subgroups, 10.0 center, 0.1 sigma,
            10.13 xbar_ucl, 9.87 xbar_lcl, 0.23 range_center, 0.49 range_ucl, 0.0 range_lcl,
            null::double s_center, null::double s_ucl, null::double s_lcl""",
    "gold_quality.fct_spc_points": """
        select * from (values
            ('cmm', 'P-1', 'Bore', 'M1', 'xbar_r', 2, 2, timestamptz '2025-10-27 08:00:00+00',
                10.2, 0.5, null::double, 'WE1,R1'),
            ('cmm', 'P-1', 'Bore', 'M1', 'xbar_r', 1, 1, timestamptz '2025-10-27 06:00:00+00',
                10.0, 0.2, null::double, '')
        ) t(source_format, part_number, feature, machine_id, chart, position, subgroup,
            measured_at, xbar, range_value, s_value, rules)""",
    "gold_quality.fct_capability": """
        select 'cmm' source_format, 'P-1' part_number, 'Bore' feature, 'M1' machine_id, 10 n,
            1.5 cp, 1.4 cpk, 1.3 pp, null::double ppk""",
    HISTORIAN: """
        select * from (values
            ('below_min', 'Below min (0)', 'b.csv', 1), ('below_min', 'Below min (0)', 'a.csv', 9),
            ('below_min', 'Below min (0)', 'a.csv', 4)
        ) t(rule, reason, _source_path, _source_row)""",
}


def ledger(*rows: tuple[str, str, str | None, int, int, int, int, list[list[object]]]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "source_path": path, "status": status, "format": format_, "size_bytes": 100,
                "records_read": read, "records_valid": valid, "records_quarantined": kept,
                "records_duplicate": twice, "reasons": json.dumps(reasons),
                "tables": json.dumps({HISTORIAN: kept}) if kept else "{}",
                "notes": json.dumps(["The file is locked."] if status == "failed" else []),
            }
            for path, status, format_, read, valid, kept, twice, reasons in rows
        ]
    )  # fmt: skip


BELOW = ("historian_values", "below_min", "Below min (0)")
FILES = ledger(
    ("a.csv", "landed", "historian_csv", 10, 7, 2, 1, [[*BELOW, 2]]),
    ("b.csv", "landed", "historian_csv", 5, 4, 1, 0, [[*BELOW, 1]]),
    ("c.csv", "landed", "lims_csv", 5, 4, 0, 0, []),
    ("d.bin", "unknown", None, 0, 0, 0, 0, []),
    ("e.csv", "failed", "lims_csv", 0, 0, 0, 0, []),
)  # fmt: skip


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for address, sql in TABLES.items():
            connection.execute(f"create schema if not exists {address.split('.')[0]}")
            connection.execute(f"create table {address} as {sql}")
        connection.execute("create schema ops")
        connection.register("found", FILES)
        connection.execute("create table ops.files as select * from found")
        yield connection


def run(lake: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return lake.sql(sql).to_arrow_table()


def test_lines_are_added_up_and_not_averaged(lake: duckdb.DuckDBPyConnection) -> None:
    data = collect(lambda sql: run(lake, sql))
    first, second = data.oee_lines
    assert first.oee_ratio == pytest.approx(5400 / 7200 * 4500 / 5400 * 105 / 110)
    assert first.missing == ""
    assert second.oee_ratio is None
    assert math.isnan(second.pri_pq_s)
    assert second.missing == "no ideal cycle for machine M2, product B"
    assert data.days == (date(2025, 10, 27), date(2025, 10, 29))


def test_points_come_in_order_with_their_rules(lake: duckdb.DuckDBPyConnection) -> None:
    (chart,) = collect(lambda sql: run(lake, sql)).spc
    assert [point.rules for point in chart.points] == [(), ("WE1", "R1")]
    assert chart.broken == {"WE1": 1, "R1": 1}
    assert (chart.cp, chart.ppk) == (1.5, None)


def test_books_and_quarantine(lake: duckdb.DuckDBPyConnection) -> None:
    data = collect(lambda sql: run(lake, sql))
    assert [(row.format, row.files, row.closed) for row in data.books] == [
        ("historian_csv", 2, True),
        ("lims_csv", 1, False),
    ]
    assert data.total.read == 20
    assert data.quarantine == (
        QuarantineRow(HISTORIAN, "below_min", "Below min (0)", 3, 2, "a.csv", 4),
    )
    assert data.open_files == (
        OpenFile("c.csv", "landed", "Its records do not add up."),
        OpenFile("d.bin", "unknown", "No format recognises it."),
        OpenFile("e.csv", "failed", "The file is locked."),
    )
    assert data.absent == ()


def test_a_lake_without_marts_is_reported_as_far_as_it_goes() -> None:
    with duckdb.connect() as empty:
        data = collect(lambda sql: run(empty, sql))
    assert data.oee_lines == ()
    assert "There is no table gold_production.fct_oee_day in this lake yet." in data.absent


def test_a_broken_query_is_not_mistaken_for_a_missing_table(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    lake.execute("alter table gold_production.fct_oee_day rename column pq to other")
    with pytest.raises(duckdb.BinderException):
        collect(lambda sql: run(lake, sql))


def test_the_report_is_written_where_it_is_asked_for(
    lake: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    out = tmp_path / "new folder" / "report.html"
    data = write_report(lambda sql: run(lake, sql), out, title="Hamburg & Austin")
    page = out.read_text(encoding="utf-8")
    assert "<title>Hamburg &amp; Austin</title>" in page
    assert "Jam" in page
    assert data.downtime[0].seconds == 600.0
