"""Collects what a report is made of from a lake.

Reads the gold marts, the ledger and the quarantine tables by their addresses, each with one query
that returns few rows. A table that is not there leaves its part of the report empty and a sentence
in `absent`: a lake may be looked at before its marts are built.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

import casparian
from casparian.contracts.expectations import CRITICAL
from casparian.kpi import oee
from casparian.report.data import (
    BooksRow,
    Checks,
    DowntimeRow,
    FailedCheck,
    OeeRow,
    OpenFile,
    QuarantineRow,
    ReportData,
    SpcChart,
    SpcPoint,
)

Query = Callable[[str], pa.Table]
Row = dict[str, Any]

ELEMENTS = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
RATIOS = ("availability_ratio", "effectiveness_ratio", "quality_ratio", "oee_ratio")
SIZES = ("subgroup_size", "baseline_subgroups")
LIMITS = ("center", "sigma", "xbar_ucl", "xbar_lcl", "range_center", "range_ucl", "range_lcl")
FEATURE = ("source_format", "part_number", "feature", "machine_id")
CHART = (*FEATURE, "chart")
# the spread of a chart is R, S or the moving range
_SPREAD = (f"coalesce(range_{name}, s_{name}) as range_{name}" for name in ("center", "ucl", "lcl"))
_LIMITS = ", ".join((*CHART, *SIZES, *LIMITS[:4], *_SPREAD))
INDICES = ("cp", "cpk", "pp", "ppk")


@dataclass
class _Reader:
    """Runs queries and remembers which tables were not there."""

    query: Query
    absent: list[str] = field(default_factory=list)

    def rows(self, address: str, columns: str, rest: str = "", of: str = "{}") -> list[Row]:
        found = self.rows_if_any(address, columns, rest, of)
        if found is None:
            self.absent.append(f"There is no table {address} in this lake yet.")
        return found or []

    def rows_if_any(
        self, address: str, columns: str, rest: str = "", of: str = "{}"
    ) -> list[Row] | None:
        """None where there is no such table, of which the report says nothing.

        of: what is selected from, with the table's address in it. All is SQL that DuckDB and Trino
        both understand.
        """
        try:
            found = self.query(f"select {columns} from {of.format(address)} {rest}".strip())
        except (duckdb.CatalogException, LookupError):
            return None
        return found.to_pylist()  # type: ignore[no-any-return]


def collect(query: Query) -> ReportData:
    """Everything the report shows. `query` runs SQL over the lake's tables by their addresses.

    Raises what `query` raises, except duckdb.CatalogException and LookupError, which mean that a
    table is not there.
    """
    reader = _Reader(query)
    days = _oee_days(reader)
    files = reader.rows("ops.files", _LEDGER, "order by source_path")
    return ReportData(
        oee_lines=tuple(_oee_lines(days)),
        oee_days=tuple(days),
        downtime=tuple(_downtime(reader)),
        spc=tuple(_spc(reader)),
        quarantine=tuple(_quarantine(reader, files)),
        books=tuple(_books(files)),
        open_files=tuple(_open_files(files)),
        checks=_checks(reader),
        size_bytes=sum(row["size_bytes"] or 0 for row in files if _landed(row)),
        made_at=datetime.now(UTC),
        version=casparian.__version__,
        absent=tuple(reader.absent),
    )


# --- OEE ------------------------------------------------------------------------------------


def _oee_days(reader: _Reader) -> list[OeeRow]:
    columns = ", ".join(("line_id", "site_id", "shift_date", *ELEMENTS, *RATIOS, "missing"))
    rows = reader.rows("gold_production.fct_oee_day", columns, "order by line_id, shift_date")
    return [
        OeeRow(
            line_id=row["line_id"],
            site_id=row["site_id"] or "",
            day=row["shift_date"],
            missing=row["missing"] or "",
            **{name: _number(row[name]) for name in ELEMENTS},
            **_numbers(row, RATIOS),
        )
        for row in rows
    ]


def _numbers(row: Row, names: Iterable[str]) -> Row:
    """Figures as float, whatever numeric type the engine gives them; None stays None."""
    return {name: None if row[name] is None else float(row[name]) for name in names}


def _number(value: float | None) -> Any:
    """A time element; NaN where it is not known."""
    return float("nan") if value is None else float(value)


def _oee_lines(days: list[OeeRow]) -> list[OeeRow]:
    """A row a line over all its days, ratios taken from the added elements."""
    if not days:
        return []
    columns = (
        np.array([getattr(row, name) for row in days], dtype=np.float64) for name in ELEMENTS
    )
    lines, total = oee.add_up(oee.Elements(*columns), [row.line_id for row in days])
    found = oee.ratios(total, [_lacking(days, str(line)) for line in lines])
    sites = {row.line_id: row.site_id for row in days}
    return [_oee_line(str(line), sites[str(line)], total, found, i) for i, line in enumerate(lines)]


def _lacking(days: list[OeeRow], line: str) -> str:
    """What the days of this line say is missing, where they lack an element."""
    said = (
        sentence
        for row in days
        if row.line_id == line and any(np.isnan(getattr(row, name)) for name in ELEMENTS)
        for sentence in row.missing.split("; ")
    )
    return "; ".join(dict.fromkeys(s for s in said if s))


def _oee_line(line: str, site: str, total: oee.Elements, found: oee.Ratios, index: int) -> OeeRow:
    one = oee.single(found, index)
    return OeeRow(
        line_id=line,
        site_id=site,
        day=None,
        **{name: _number(getattr(total, name)[index]) for name in ELEMENTS},
        availability_ratio=one.availability,
        effectiveness_ratio=one.effectiveness,
        quality_ratio=one.quality,
        oee_ratio=one.oee,
        missing="; ".join(one.missing),
    )


# --- downtime and control charts ------------------------------------------------------------


def _downtime(reader: _Reader) -> list[DowntimeRow]:
    columns = "line_id, reason_code, reason, category, event_count, downtime_s"
    rows = reader.rows("gold_equipment.downtime_summary", columns, "order by line_id, reason_code")
    return [
        DowntimeRow(
            row["line_id"] or "",
            row["reason_code"] or "",
            row["reason"] or row["reason_code"] or "No reason given",
            row["category"] or "",
            int(row["event_count"]),
            float(row["downtime_s"]),
        )
        for row in rows
    ]


def _spc(reader: _Reader) -> list[SpcChart]:
    # one individual alone has no limits, and is no chart yet
    which = f"where sigma is not null order by {', '.join(CHART)}"
    limits = reader.rows("gold_quality.spc_control_limits", _LIMITS, which)
    capability = reader.rows("gold_quality.fct_capability", ", ".join((*FEATURE, *INDICES)))
    indices = {_key(row, FEATURE): _numbers(row, INDICES) for row in capability}
    points = _points(reader)
    return [
        _chart(row, points.get(_key(row, CHART), []), indices.get(_key(row, FEATURE), {}))
        for row in limits
    ]


def _chart(row: Row, points: list[SpcPoint], indices: Row) -> SpcChart:
    return SpcChart(
        part_number=row["part_number"],
        feature=row["feature"],
        machine_id=row["machine_id"],
        subgroup_size=int(row["subgroup_size"]),
        baseline_subgroups=int(row["baseline_subgroups"]),
        points=tuple(points),
        **_numbers(row, LIMITS),
        **indices,
    )


def _key(row: Row, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(row[name] for name in names)


def _points(reader: _Reader) -> dict[tuple[str, ...], list[SpcPoint]]:
    spread = "coalesce(range_value, s_value) as spread"
    number = "coalesce(subgroup, position) as subgroup"
    columns = ", ".join((*CHART, number, "measured_at", "xbar", spread, "rules"))
    found: dict[tuple[str, ...], list[SpcPoint]] = {}
    for row in reader.rows("gold_quality.fct_spc_points", columns, "order by position"):
        rules = tuple(rule for rule in (row["rules"] or "").split(",") if rule)
        mean, spread_of = float(row["xbar"]), _number(row["spread"])
        point = SpcPoint(int(row["subgroup"]), row["measured_at"], mean, spread_of, rules)
        found.setdefault(_key(row, CHART), []).append(point)
    return found


# --- books and quarantine -------------------------------------------------------------------

_LEDGER = (
    "source_path, format, status, size_bytes, records_read, records_valid, records_quarantined, "
    "records_duplicate, tables, reasons, notes"
)
COUNTS = ("records_read", "records_valid", "records_quarantined", "records_duplicate")


def _landed(row: Row) -> bool:
    return row["status"] in ("landed", "rejected")


def _closed(row: Row) -> bool:
    read, *kept = (row[name] or 0 for name in COUNTS)
    return bool(read == sum(kept))


def _books(files: list[Row]) -> list[BooksRow]:
    formats: dict[str, list[Row]] = {}
    for row in filter(_landed, files):
        formats.setdefault(row["format"] or "unknown", []).append(row)
    return [
        BooksRow(
            format=name,
            files=len(rows),
            unclosed=sum(not _closed(row) for row in rows),
            **{
                column.removeprefix("records_"): sum(row[column] or 0 for row in rows)
                for column in COUNTS
            },
        )
        for name, rows in sorted(formats.items())
    ]


def _open_files(files: list[Row]) -> list[OpenFile]:
    """Files that are not landed whole."""
    return [
        OpenFile(row["source_path"], row["status"], _note(row))
        for row in files
        if row["status"] != "landed" or not _closed(row)
    ]


def _note(row: Row) -> str:
    if _landed(row) and not _closed(row):
        return "Its records do not add up."
    if row["status"] == "new":
        return "It has not been processed yet."
    if row["status"] == "unknown":
        return "No format recognises it."
    return str(next(iter(json.loads(row["notes"] or "[]")), ""))


def _quarantine(reader: _Reader, files: list[Row]) -> list[QuarantineRow]:
    counts: Counter[tuple[str, str, str]] = Counter()
    spread: Counter[tuple[str, str, str]] = Counter()
    where: dict[tuple[str, str, str], str] = {}
    addresses = _addresses(files)
    for row in files:
        for table, rule, reason, number in json.loads(row["reasons"] or "[]"):
            key = (addresses.get(table, table), rule, reason)
            counts[key] += number
            spread[key] += 1
            where.setdefault(key, row["source_path"])
    examples = _examples(reader, {table for table, _, _ in counts if "." in table})
    return [
        QuarantineRow(*key, number, spread[key], *examples.get(key, (where[key], None)))
        for key, number in sorted(counts.items())
    ]


def _addresses(files: list[Row]) -> dict[str, str]:
    """The quarantine table of each table, as the ledger names them."""
    known = {address for row in files for address in json.loads(row["tables"] or "{}")}
    return {
        address.rsplit(".", 1)[1].removesuffix("_quarantine"): address
        for address in known
        if address.endswith("_quarantine")
    }


_PLACES = (
    "(select *, row_number() over"
    " (partition by rule, reason order by _source_path, _source_row) as place from {}) as places"
)


def _examples(
    reader: _Reader, tables: Iterable[str]
) -> dict[tuple[str, str, str], tuple[str, int | None]]:
    """The first quarantined record of each table, rule and reason: (path, record number)."""
    found: dict[tuple[str, str, str], tuple[str, int | None]] = {}
    columns = "rule, reason, _source_path, _source_row"
    for table in sorted(tables):
        for row in reader.rows(table, columns, "where place = 1", _PLACES):
            found[table, row["rule"], row["reason"]] = (row["_source_path"], row["_source_row"])
    return found


# --- checks ---------------------------------------------------------------------------------

_CHECKED = (
    "address, checked_at, success, severity, meaning, expectation, unexpected, evaluated, found"
)
_DATED = "(select *, max(checked_at) over (partition by address) as last_at from {}) as dated"


def _checks(reader: _Reader) -> Checks | None:
    """The last check of each table; None where none was ever checked."""
    which = "where checked_at = last_at"
    rows = reader.rows_if_any("ops.expectations", _CHECKED, which, _DATED)
    if not rows:
        return None
    failed = [_failed(row) for row in rows if row["success"] is False]
    return Checks(
        tables=len({row["address"] for row in rows}),
        expectations=len(rows),
        not_asked=sum(row["success"] is None for row in rows),
        checked_at=max(row["checked_at"] for row in rows),
        failed=tuple(sorted(failed, key=lambda f: (not f.critical, f.table, f.meaning))),
    )


def _failed(row: Row) -> FailedCheck:
    return FailedCheck(
        row["address"], row["meaning"] or row["expectation"], row["severity"] == CRITICAL,
        row["unexpected"], row["evaluated"] or 0, row["found"] or "",
    )  # fmt: skip
