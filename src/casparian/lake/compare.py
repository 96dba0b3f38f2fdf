"""Two exports of one run, compared: which measurements agree, which do not, which are missing.

Measurements pair by feature and serial number, however each system writes them: letters and digits
count, case and signs do not. Of several with the same feature and serial the first pairs with the
first. Where one side has no serial number, what is left pairs by the part's place in the run.
Part numbers are not asked for, since systems rarely agree on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from casparian.lake.query import Query
from casparian.lake.store import Lake, LakeError

TABLE = "silver_quality.spc_measurements"
FORMATS = ("cmm", "qif", "aqdef")
TOLERANCE = 1e-6
AGREE, DIFFER, ONLY_LEFT, ONLY_RIGHT = "agree", "differ", "only_left", "only_right"
STATUSES = (AGREE, DIFFER, ONLY_LEFT, ONLY_RIGHT)
_METRES = {"m": 1.0, "meter": 1.0, "mm": 0.001, "millimeter": 0.001, "cm": 0.01, "um": 1e-6,
           "µm": 1e-6, "micrometer": 1e-6, "in": 0.0254, "inch": 0.0254,
           "mil": 2.54e-5}  # fmt: skip
_SAME = r"regexp_replace(lower({}), '[^\p{{L}}\p{{N}}]', '', 'g')"
_COLUMNS = (
    "feature, serial, sample, actual, units, stated_status, pass, within_limits, usl, lsl, "
    "characteristic_type, measurement_id, _source_path, _source_row"
)


@dataclass(frozen=True)
class Comparison:
    """rows: a row a pair or lone measurement, see `compare`. summary: the counts."""

    rows: pa.Table
    summary: dict[str, Any]


def compare(
    lake: Lake,
    left: str,
    right: str,
    *,
    part: str | None = None,
    tolerance: float = TOLERANCE,
    memory: str = "1GB",
) -> Comparison:
    """Compare the measurements of two sides.

    left, right: a format (cmm, qif, aqdef) or a piece of the file's name. tolerance: largest
    difference, in the left side's unit, at which values agree; lengths in other units are
    converted. part: only of this part number.
    rows: feature, serial, sample, left_actual, right_actual, units, difference (right minus left),
    status, paired_by (serial or sample), left_stated, right_stated, left_pass, right_pass, verdict
    (same, differs, or null where a side has none) and left_within, right_within (by recomputation).
    Raises LakeError where a side has no measurements.
    """
    with Query(lake, memory) as ask:
        sql = _sql(left, right, part, tolerance)
        rows = ask(f"{sql} SELECT * FROM result ORDER BY verdict, status, feature, sample, serial")
        common = ask(f"{sql} SELECT {_in_common(tolerance)}")
    summary = _summary(rows, int(common["n"][0].as_py() or 0))
    for wanted, count in ((left, summary["left"]), (right, summary["right"])):
        if not count:
            raise LakeError(
                f"No measurement is of '{wanted}': give one of {', '.join(FORMATS)}, or a piece of "
                "a file's name (`casparian files` lists them)."
            )
    return Comparison(rows, summary)


def _sql(left: str, right: str, part: str | None, tolerance: float) -> str:
    sides = ", ".join(
        f"{name} AS ({_side(wanted, part)})" for name, wanted in (("a", left), ("b", right))
    )
    units = ", ".join(f"({_quoted(u)}, {factor!r})" for u, factor in _METRES.items())
    factor = "coalesce(ub.factor / ua.factor, 1.0)"
    return f"""
    WITH units(unit, factor) AS (VALUES {units}), {sides},
    by_serial AS (
        SELECT a.id AS ia, b.id AS ib, 'serial' AS paired_by
        FROM a JOIN b ON a.f = b.f AND a.s = b.s AND a.n = b.n),
    rest_a AS (SELECT * FROM a WHERE id NOT IN (SELECT ia FROM by_serial) AND sample IS NOT NULL),
    rest_b AS (SELECT * FROM b WHERE id NOT IN (SELECT ib FROM by_serial) AND sample IS NOT NULL),
    by_sample AS (
        SELECT rest_a.id AS ia, rest_b.id AS ib, 'sample' AS paired_by
        FROM rest_a JOIN rest_b ON rest_a.f = rest_b.f AND rest_a.sample = rest_b.sample
            AND (rest_a.s IS NULL OR rest_b.s IS NULL)
        QUALIFY row_number() OVER (PARTITION BY rest_a.id ORDER BY rest_b.id) = 1
            AND row_number() OVER (PARTITION BY rest_b.id ORDER BY rest_a.id) = 1),
    pairs AS (SELECT * FROM by_serial UNION ALL SELECT * FROM by_sample),
    met AS (
        SELECT coalesce(a.feature, b.feature) AS feature, coalesce(a.serial, b.serial) AS serial,
            coalesce(a.sample, b.sample) AS sample, a.actual AS left_actual,
            b.actual * {factor} AS right_actual, coalesce(a.units, b.units) AS units,
            pairs.paired_by, a.stated_status AS left_stated, b.stated_status AS right_stated,
            a.pass AS left_pass, b.pass AS right_pass, a.within_limits AS left_within,
            b.within_limits AS right_within, coalesce(a.characteristic_type, b.characteristic_type)
                AS characteristic_type, a.id AS ia, b.id AS ib
        FROM a LEFT JOIN pairs ON a.id = pairs.ia
        FULL JOIN b ON b.id = pairs.ib
        LEFT JOIN units AS ua ON lower(a.units) = ua.unit
        LEFT JOIN units AS ub ON lower(b.units) = ub.unit),
    result AS (
        SELECT feature, serial, sample, left_actual, right_actual, units,
            right_actual - left_actual AS difference,
            CASE WHEN ia IS NULL THEN '{ONLY_RIGHT}' WHEN ib IS NULL THEN '{ONLY_LEFT}'
                 WHEN abs(right_actual - left_actual) <= {tolerance!r} THEN '{AGREE}'
                 ELSE '{DIFFER}' END AS status,
            paired_by, left_stated, right_stated, left_pass, right_pass,
            CASE WHEN left_pass IS NULL OR right_pass IS NULL THEN NULL
                 WHEN left_pass = right_pass THEN 'same' ELSE 'differs' END AS verdict,
            left_within, right_within, characteristic_type
        FROM met)
    """


def _side(wanted: str, part: str | None) -> str:
    """One side's measurements: `f` and `s` as they are compared, `n` of those that are alike."""
    chosen = (
        f"source_format = {_quoted(wanted)}"
        if wanted in FORMATS
        else f"contains(lower(_source_path), {_quoted(wanted.lower())})"
    )
    only = f" AND part_number = {_quoted(part)}" if part else ""
    return f"""
        SELECT {_COLUMNS}, {_SAME.format("feature")} AS f,
            nullif({_SAME.format("serial")}, '') AS s,
            row_number() OVER (ORDER BY _source_path, _source_row) AS id,
            row_number() OVER (PARTITION BY {_SAME.format("feature")}, {_SAME.format("serial")}
                ORDER BY measured_at, _source_path, _source_row) AS n
        FROM {TABLE} WHERE {chosen}{only}"""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _in_common(tolerance: float) -> str:
    """How many values both sides hold, whatever they were measured on."""
    step = max(tolerance, 1e-12)
    counts = (
        f"SELECT round(actual / {step!r}) AS v, count(*) AS c FROM {side} GROUP BY v"
        for side in "ab"
    )
    one, other = counts
    return f"(SELECT sum(least(x.c, y.c)) FROM ({one}) x JOIN ({other}) y USING (v)) AS n"


def _summary(rows: pa.Table, common: int) -> dict[str, Any]:
    counts = dict.fromkeys(STATUSES, 0)
    paired = {"serial": 0, "sample": 0}
    for status, by in zip(rows["status"].to_pylist(), rows["paired_by"].to_pylist(), strict=True):
        counts[status] += 1
        if by:
            paired[by] += 1
    verdicts = rows["verdict"].to_pylist()
    return {
        "left": counts[AGREE] + counts[DIFFER] + counts[ONLY_LEFT],
        "right": counts[AGREE] + counts[DIFFER] + counts[ONLY_RIGHT],
        "pairs": counts[AGREE] + counts[DIFFER], **counts,
        "paired_by_serial": paired["serial"], "paired_by_sample": paired["sample"],
        "values_in_common": common, "verdicts_differ": verdicts.count("differs"),
        "left_against_limits": _against(rows, "left"),
        "right_against_limits": _against(rows, "right"),
    }  # fmt: skip


def _against(rows: pa.Table, side: str) -> int:
    """Measurements whose stated verdict is not what their limits say."""
    passed, within = rows[f"{side}_pass"].to_pylist(), rows[f"{side}_within"].to_pylist()
    return sum(
        p is not None and w is not None and p != w for p, w in zip(passed, within, strict=True)
    )
