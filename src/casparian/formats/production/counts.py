"""Counts that an export leaves out, from those that it has: total = good + scrap + rework.

Source: ISO 22400-2:2014 5.4: produced quantity PQ, good quantity GQ, scrap SQ, rework RQ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.table import Fields

COLUMNS = (
    "site_id", "line_id", "machine_id", "order_id", "product_id", "interval_start", "interval_end",
    "total_count", "good_count", "scrap_count", "rework_count", "unit",
)  # fmt: skip
_DAY_US = 86_400_000_000


class Counts:
    """One file's counts. A count is reckoned only where the export has no column for it at all."""

    def __init__(self) -> None:
        self.reckoned: dict[str, None] = {}
        self.seen: set[str] = set()

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `production_counts`."""
        columns = {name: found[name] for name in COLUMNS}
        good, scrap, rework = (found[f"{name}_count"] for name in ("good", "scrap", "rework"))
        self.seen |= {n for n in ("total_count", "good_count") if found[n].null_count < len(good)}
        if "total_count" not in self.seen:
            self.reckoned["total_count was reckoned as good and scrap and rework."] = None
            columns["total_count"] = _sum(((good, 1), (scrap, 1), (rework, 1)))
        elif "good_count" not in self.seen:
            self.reckoned["good_count was reckoned as total without scrap and rework."] = None
            columns["good_count"] = _sum(((found["total_count"], 1), (scrap, -1), (rework, -1)))
        columns["interval_end"] = _past_midnight(found)
        return columns

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return self.reckoned


def _sum(parts: tuple[tuple[pa.Array, int], ...]) -> pa.Array:
    """Exact sums as text; null where the first is null or one is no number."""
    rows = zip(*(column.to_pylist() for column, _ in parts), strict=True)
    signs = [sign for _, sign in parts]
    return pa.array([_added(row, signs) for row in rows], pa.string())


def _added(row: tuple[str | None, ...], signs: list[int]) -> str | None:
    if row[0] is None:
        return None
    try:
        pairs = zip(row, signs, strict=True)
        total = sum((Decimal(text) * sign for text, sign in pairs if text), Decimal(0))
    except (InvalidOperation, ArithmeticError):
        return None
    return str(total) if total.is_finite() else None


def _past_midnight(found: Fields) -> pa.Array:
    """Ends the day after, where the export gives the day once and the shift passes midnight."""
    start, end = found["interval_start"], found["interval_end"]
    before = pc.fill_null(pc.and_(found["interval_end of day"], pc.less(end, start)), False)
    if not pc.any(before).as_py():
        return end
    return pc.if_else(before, pc.add(end, pa.scalar(_DAY_US, pa.duration("us"))), end)
