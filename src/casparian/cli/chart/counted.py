"""What the lake counts, as control charts of counts need it: attributes, defects and scrap.

Attributes are a point an inspection, or a subgroup, lot or day of single verdicts. Defects are a
point a lot or shift in which any was found: the log knows no others. Scrap is a point a shift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from casparian.cli.chart.measured import KEY, Wanted, quoted
from casparian.cli.chart.out import choose
from casparian.cli.desk import Desk

if TYPE_CHECKING:
    import numpy as np

    from casparian.lake.query import Query

ATTRIBUTES, DEFECTS = "silver_quality.spc_attributes", "silver_quality.defects"
SCRAP, SHIFTS = "gold_production.fct_production", "gold_production.dim_shift"
EVERY = "all defects"

OF_ATTRIBUTES = f"""
SELECT part_number, feature, machine_id, source_format, any_value(name) AS point,
       min(measured_at) AS since, min(coalesce(subgroup, sample)) AS place,
       coalesce(sum(defects), count(*) FILTER (WHERE NOT pass)) AS counted,
       CASE WHEN count(defects) > 0 THEN sum(sample_size) ELSE count(pass) END AS inspected,
       1 AS sizes
FROM (
    SELECT *, coalesce(CAST(subgroup AS VARCHAR), lot, strftime(measured_at, '%Y-%m-%d'),
                       measurement_id) AS name
    FROM {ATTRIBUTES}
)
WHERE (defects IS NOT NULL OR pass IS NOT NULL) AND coalesce(quality, 'Good') = 'Good'
GROUP BY part_number, feature, machine_id, source_format,
         CASE WHEN defects IS NULL THEN name ELSE measurement_id END
"""
OF_DEFECTS = f"""
WITH found AS (
    SELECT d.part_number, coalesce(d.machine_id, d.line_id) AS machine_id, d.defect_code,
           d.detected_at, d.count, d.inspected_count,
           coalesce(d.lot, {{shift}}, concat_ws(' ', CAST(d.detected_at AS DATE), d.shift)) AS point
    FROM {DEFECTS} AS d {{shifts}}
), points AS (
    SELECT part_number, machine_id, point, min(detected_at) AS since,
           max(inspected_count) AS inspected, count(DISTINCT inspected_count) AS sizes
    FROM found GROUP BY part_number, machine_id, point
), features AS (
    SELECT DISTINCT part_number, machine_id, defect_code AS feature FROM found
    UNION ALL SELECT DISTINCT part_number, machine_id, '{EVERY}' FROM found
)
SELECT p.part_number, f.feature, p.machine_id, 'defects' AS source_format, p.point, p.since,
       0 AS place, coalesce(sum(d.count), 0) AS counted, p.inspected, p.sizes
FROM points AS p
JOIN features AS f
  ON p.part_number IS NOT DISTINCT FROM f.part_number
 AND p.machine_id IS NOT DISTINCT FROM f.machine_id
LEFT JOIN found AS d
  ON p.part_number IS NOT DISTINCT FROM d.part_number
 AND p.machine_id IS NOT DISTINCT FROM d.machine_id
 AND p.point = d.point AND f.feature IN (d.defect_code, '{EVERY}')
GROUP BY ALL
"""
OF_SCRAP = f"""
SELECT m.product_id AS part_number, 'scrap' AS feature, m.machine_id, 'production' AS source_format,
       concat_ws(' ', m.shift_date, m.shift) AS point,
       coalesce({{starts}}, CAST(m.shift_date AS TIMESTAMPTZ)) AS since, 0 AS place,
       sum(m.scrap_quantity) AS counted, sum(m.total_quantity) AS inspected, 1 AS sizes
FROM {SCRAP} AS m {{shifts}}
WHERE m.scrap_quantity IS NOT NULL AND m.total_quantity > 0
  AND coalesce(lower(m.unit), 'pcs') IN ('pcs', 'pieces', 'ea')
GROUP BY ALL
"""


@dataclass(frozen=True)
class Counted:
    """Counts in the order of time and what was inspected, NaN where nobody said."""

    title: str
    counts: np.ndarray
    inspected: np.ndarray
    names: list[str]

    def sizes(self, kind: str) -> np.ndarray | float:
        """What was inspected. Raises ValueError where the kind needs it and nobody said."""
        import numpy as np

        if not np.isnan(self.inspected).all():
            return self.inspected
        if kind != "c":
            raise ValueError(
                f"{self.title} does not say how many were inspected: --kind c charts counts alone"
            )
        return 1.0


def counted(desk: Desk, wanted: Wanted) -> Counted | None:
    """The counts that fit; None after a list where nothing was named."""
    from casparian.lake.query import Query

    sources = _sources(desk)
    if not sources:
        desk.fail(
            f"The lake has no {ATTRIBUTES}, no {DEFECTS} and no {SCRAP} yet: "
            "give a FILE with counts."
        )
    keys = ", ".join(KEY)
    with Query(desk.lake) as ask:
        every = " UNION ALL BY NAME ".join(f"({sql})" for sql in sources)
        found = ask(
            f"SELECT {keys}, count(*) AS points, CAST(sum(counted) AS BIGINT) AS counted "
            f"FROM ({every}) GROUP BY {keys} ORDER BY {keys}"
        ).to_pylist()
        chosen = choose(desk, found, wanted.named, "feature with counts")
        return None if chosen is None else _of(desk, ask, every, chosen)


def _sources(desk: Desk) -> list[str]:
    """The statements whose tables this lake has."""
    calendar = desk.lake.dataset(SHIFTS) is not None
    found = []
    if desk.lake.dataset(ATTRIBUTES) is not None:
        found.append(OF_ATTRIBUTES)
    if desk.lake.dataset(DEFECTS) is not None:
        shifts = (
            f"LEFT JOIN {SHIFTS} AS s ON d.line_id = s.line_id AND d.detected_at >= s.starts_at "
            "AND d.detected_at < s.ends_at"
        )
        shift = "concat_ws(' ', s.shift_date, s.shift)"
        # a finding outside all shifts has a label of its own
        shift = f"CASE WHEN s.shift IS NOT NULL THEN {shift} END"
        found.append(
            OF_DEFECTS.format(shift=shift if calendar else "NULL", shifts=shifts * calendar)
        )
    if desk.lake.dataset(SCRAP) is not None:
        shifts = f"LEFT JOIN {SHIFTS} AS s USING (line_id, shift_date, shift)"
        starts = "s.starts_at" if calendar else "NULL"
        found.append(OF_SCRAP.format(starts=starts, shifts=shifts * calendar))
    return found


def _of(desk: Desk, ask: Query, every: str, chosen: Mapping[str, Any]) -> Counted:
    import numpy as np

    same = " AND ".join(f"{name} IS NOT DISTINCT FROM {quoted(chosen[name])}" for name in KEY)
    rows = ask(f"SELECT * FROM ({every}) WHERE {same} ORDER BY since, place, point").to_pydict()
    for point, sizes in zip(rows["point"], rows["sizes"], strict=True):
        if sizes > 1:
            desk.fail(
                f"{point} states {sizes} different numbers of what was inspected: which one the "
                "defects belong to is not known."
            )
    where = f" on {chosen['machine_id']}" if chosen["machine_id"] else ""
    counts, inspected = (
        np.array([np.nan if v is None else float(v) for v in rows[name]], dtype=np.float64)
        for name in ("counted", "inspected")
    )
    title = f"{chosen['part_number'] or 'all parts'} · {chosen['feature']}{where}"
    return Counted(title, counts, inspected, [str(point) for point in rows["point"]])
