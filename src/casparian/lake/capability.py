"""Capability of the characteristics in a lake, beside what their files state.

A characteristic is a part number's feature as one measuring system (format) measured it on the
parts of one machine. Values that the export keeps out of statistics do not count; the limits of the
latest measurement hold. Sigma within: by mean range of subgroups of up to 10, by mean s of larger
ones, by moving ranges of values without subgroups (the policy of the control charts).
Statements of a file are compared with the values of all machines, by the limits that it states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from casparian.kpi import spc
from casparian.kpi.capability import Capability, Method, capability
from casparian.kpi.capability.stated import INDICES, Compared, compare, decimals
from casparian.kpi.spc.sigma import OF_INDIVIDUALS
from casparian.lake.query import Query, UnknownTableError
from casparian.lake.store import Lake

MEASUREMENTS, STATEMENTS = "silver_quality.spc_measurements", "silver_quality.spc_capability"
# the sigma of all values is none within: an index that is taken with it is a Pp
METHODS: tuple[Method, ...] = tuple(m for m in spc.METHODS if m != "total_unbiased")
Row = dict[str, Any]
_LIMITS = ("lsl", "usl")
_COLUMNS = (
    "source_format, part_number, feature, coalesce(machine_id, '') AS machine_id, subgroup, "
    "actual, nominal, lsl, usl, units, pass"
)


@dataclass(frozen=True)
class Characteristic:
    """One characteristic judged.

    failed: values that the export says do not conform. out_of_limits: values beyond the limits;
    None without limits.
    """

    source_format: str
    part_number: str
    feature: str
    machine_id: str
    units: str | None
    nominal: float | None
    lsl: float | None
    usl: float | None
    failed: int
    out_of_limits: int | None
    study: Capability


@dataclass(frozen=True)
class Statement:
    """What one study of a file states of a characteristic, each figure compared."""

    source_format: str
    part_number: str
    feature: str
    study: str
    source_path: str
    figures: tuple[Compared, ...]


def characteristics(
    lake: Lake, *, part: str | None = None, feature: str | None = None,
    system: str | None = None, method: Method | None = None, level: float = 0.95,
) -> Iterator[Characteristic]:  # fmt: skip
    """Each characteristic, by feature; none where nothing was measured.

    feature: a piece of its name. system: a format. method: of sigma within, None for the policy.
    """
    rows = _measurements(lake, _where(part, feature, system))
    for _, group in groupby(rows, lambda r: (*_whose(r), r["machine_id"])):
        of = list(group)
        last = of[-1]
        study = _study(of, last["lsl"], last["usl"], last["nominal"], method, level)
        observed = study.ppm_observed.total
        yield Characteristic(
            **{name: last[name] for name in ("source_format", "part_number", "feature",
               "machine_id", "units", "nominal", "lsl", "usl")},
            failed=sum(row["pass"] is False for row in of), study=study,
            out_of_limits=None if observed is None else round(observed * study.n / 1e6),
        )  # fmt: skip


def statements(
    lake: Lake, *, part: str | None = None, feature: str | None = None, system: str | None = None
) -> list[Statement]:
    """What files state, compared with the values in the lake; none where nothing is stated."""
    where = _where(part, feature, system)
    stated = _rows(lake, f"SELECT * FROM {STATEMENTS} WHERE {where} ORDER BY feature, study")
    if not stated:
        return []
    measured = {key: list(of) for key, of in groupby(_measurements(lake, where, True), _whose)}
    printed: dict[str, list[float | None]] = {}
    for row in stated:
        printed.setdefault(row["_source_hash"], []).extend(row[name] for name in INDICES)
    return [
        Statement(
            row["source_format"], row["part_number"], row["feature"], row["study"],
            row["_source_path"],
            _compared(row, measured.get(_whose(row), []), printed[row["_source_hash"]]),
        )
        for row in stated
    ]  # fmt: skip


def _compared(row: Row, of: list[Row], printed: Iterable[float | None]) -> tuple[Compared, ...]:
    limits = row if any(row[name] is not None for name in _LIMITS) else (of[-1] if of else row)
    nominal = row["nominal"] if row["nominal"] is not None else limits["nominal"]
    given = (limits["lsl"], limits["usl"], nominal)
    studies = [_study(of, *given, None)] if of else []
    studies += [_study(of, *given, method) for method in _methods_for(of)]
    known = [v for each in of for v in (each["actual"], each["lsl"], each["usl"], each["nominal"])]
    return compare(
        row, studies, decimals_of=printed, resolution=decimals([*known, *given]), nominal=nominal
    )


def _methods_for(of: list[Row]) -> Iterable[Method]:
    """The methods that these values may have been judged by; values without subgroups have few."""
    if not of:
        return ()
    return METHODS if _labels(of) is not None else (m for m in METHODS if m in OF_INDIVIDUALS)


def _study(
    of: list[Row], lsl: float | None, usl: float | None, nominal: float | None,
    method: Method | None, level: float = 0.95,
) -> Capability:  # fmt: skip
    values = np.array([row["actual"] for row in of])
    labels = _labels(of)
    if labels is None:
        way = method if method in OF_INDIVIDUALS else None
        return capability(values, lsl, usl, target=nominal, method=way, level=level)
    if method is None:
        largest = int(np.unique(labels, return_counts=True)[1].max())
        method = "s" if spc.chart_of_size(largest) == "xbar_s" else None
    return capability(values, lsl, usl, target=nominal, labels=labels, method=method, level=level)


def _labels(of: list[Row]) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    """Subgroups, each machine's its own; a value without one is a subgroup by itself."""
    if all(row["subgroup"] is None for row in of):
        return None
    keys = [
        (
            row["machine_id"],
            row["subgroup"] is None,
            place if row["subgroup"] is None else row["subgroup"],
        )
        for place, row in enumerate(of)
    ]
    number = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([number[key] for key in keys], dtype=np.int64)


def _whose(row: Row) -> tuple[str, str, str]:
    return row["feature"], row["part_number"], row["source_format"]


def _measurements(lake: Lake, where: str, machines_together: bool = False) -> list[Row]:
    machine = "" if machines_together else "machine_id, "
    return _rows(
        lake,
        f"SELECT {_COLUMNS} FROM {MEASUREMENTS} WHERE {where} AND actual IS NOT NULL "
        f"AND coalesce(quality, 'Good') = 'Good' ORDER BY feature, part_number, source_format, "
        f"{machine}measured_at NULLS LAST, sample NULLS LAST, _source_path, _source_row",
    )


def _rows(lake: Lake, sql: str) -> list[Row]:
    with Query(lake) as ask:
        try:
            return ask(sql).to_pylist()  # type: ignore[no-any-return]
        except UnknownTableError:
            return []


def _where(part: str | None, feature: str | None, system: str | None) -> str:
    asked = [
        f"part_number = {_quoted(part)}" if part else "",
        f"contains(lower(feature), {_quoted(feature.lower())})" if feature else "",
        f"source_format = {_quoted(system)}" if system else "",
    ]
    return " AND ".join(each for each in asked if each) or "TRUE"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
