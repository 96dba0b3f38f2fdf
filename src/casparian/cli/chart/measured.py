"""Measurements of a feature in the lake, as charts and capability studies need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casparian.cli.chart.out import choose
from casparian.cli.desk import Desk

if TYPE_CHECKING:
    import numpy as np

ADDRESS = "silver_quality.spc_measurements"
KEY = ("part_number", "feature", "machine_id", "source_format")
WANTED = (*KEY, "subgroup", "sample", "measured_at", "actual", "lsl", "usl", "nominal", "units",
          "quality")  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Values of one feature in the order of time; lsl, usl, nominal: the latest that are known."""

    title: str
    unit: str
    values: np.ndarray
    subgroup: np.ndarray | None
    times: Mapping[Any, datetime | None]
    lsl: float | None
    usl: float | None
    nominal: float | None


@dataclass(frozen=True)
class Wanted:
    """Which feature: by its part, name, machine and measuring system, as far as they are named."""

    part: str | None
    feature: str | None
    machine: str | None
    source: str | None

    @property
    def named(self) -> dict[str, str | None]:
        """By the columns of the lake."""
        return dict(zip(KEY, (self.part, self.feature, self.machine, self.source), strict=True))


def at_hand(
    desk: Desk, file: Path | None, wanted: Wanted, columns: Mapping[str, object]
) -> tuple[bool, Measured | None]:
    """(whether it is of the lake or of a measuring system's FILE, the feature that fits).

    A FILE whose columns are named is a table, whatever format it may also be of.
    """
    from casparian.cli.chart.landed import source

    if any(columns.values()):
        return False, None
    with source(desk, file, ADDRESS) as read:
        return read is not None, None if read is None else measured(read, wanted)


def measured(desk: Desk, wanted: Wanted) -> Measured | None:
    """The feature that fits; None after a list where nothing was named."""
    from casparian.lake.query import Query

    data = desk.lake.dataset(ADDRESS)
    if data is None:
        desk.fail(f"The lake has no {ADDRESS} yet: give a FILE, or land measurements first.")
        return None
    there = [name for name in WANTED if name in data.schema.names]
    keys = [name for name in KEY if name in there]
    good = "(quality IS NULL OR quality = 'Good')" if "quality" in there else ""
    listed = ", ".join(keys)
    with Query(desk.lake) as ask:
        found = ask(
            f"SELECT {listed}, count(actual) AS values FROM {ADDRESS} WHERE {good or 'true'} "
            f"GROUP BY {listed} ORDER BY {listed}"
        ).to_pylist()
        named = {name: wanted.named[name] for name in keys}
        chosen = choose(desk, found, named, "measured feature")
        if chosen is None:
            return None
        tests = [f"{name} IS NOT DISTINCT FROM {quoted(chosen[name])}" for name in keys]
        tests += [good] if good else []
        order = ", ".join(n for n in ("subgroup", "measured_at", "sample") if n in there)
        rows = ask(
            f"SELECT {', '.join(there)} FROM {ADDRESS} WHERE {' AND '.join(tests)} ORDER BY {order}"
        )
    return _of_rows(chosen, rows.to_pydict())


def quoted(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def _of_rows(chosen: Mapping[str, Any], rows: dict[str, list[Any]]) -> Measured:
    import numpy as np

    labels = rows.get("subgroup", [])
    whole = bool(labels) and all(label is not None for label in labels)
    where = f" on {chosen['machine_id']}" if chosen.get("machine_id") else ""
    times: dict[Any, datetime | None] = {}
    moments = rows.get("measured_at") or [None] * len(rows["actual"])
    for i, moment in enumerate(moments):
        times.setdefault(labels[i] if whole else i + 1, moment)
    return Measured(
        title=f"{chosen['part_number']} · {chosen['feature']}{where}",
        unit=_last(rows.get("units")) or "",
        values=np.array(rows["actual"], dtype=np.float64),
        subgroup=np.array(labels, dtype=np.int64) if whole else None,
        times=times if any(times.values()) else {},
        lsl=_last(rows.get("lsl")),
        usl=_last(rows.get("usl")),
        nominal=_last(rows.get("nominal")),
    )


def _last(values: list[Any] | None) -> Any:
    return next((value for value in reversed(values or []) if value is not None), None)
