"""Control charts of counts: limits and rules by `kpi.spc`, drawn.

    count_chart(defective, inspected, kind="p")      p, np, c, u, and Laney's

Missing: a count without its size has no point. Errors: ValueError with one sentence where nothing
can be charted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from casparian.charts.chart import Chart
from casparian.charts.control import ControlChart, Panel
from casparian.charts.control.figures import finished
from casparian.charts.phase import Baseline, Phase, phase_of
from casparian.charts.rules import CHART_RULES, broken_rules
from casparian.charts.scale import count, percent, significant
from casparian.kpi import spc
from casparian.kpi.factors import FloatArray

COUNT_KINDS = {
    "p": "p (share defective)",
    "np": "np (number defective)",
    "c": "c (defects)",
    "u": "u (defects per unit)",
    "laney-p": "Laney p\N{PRIME}",
    "laney-u": "Laney u\N{PRIME}",
}


def count_chart(
    counts: ArrayLike,
    sizes: ArrayLike = 1,
    kind: str | None = None,
    rules: str = "western-electric",
    baseline: Baseline = None,
    names: Sequence[str] | None = None,
    title: str = "Counts",
    width: float = 1080,
) -> Chart:
    """A control chart of counts (k,) out of sizes (k,) or one number, in the order of time.

    kind: one of COUNT_KINDS; where None, p for sizes that differ, np for one size. baseline: as of
    `spc_chart`.
    """
    found = np.asarray(counts, dtype=np.float64)
    size = np.broadcast_to(np.asarray(sizes, dtype=np.float64), found.shape)
    chosen_kind = kind or ("np" if len(np.unique(size)) == 1 else "p")
    if chosen_kind not in COUNT_KINDS:
        raise ValueError(f"no chart of counts is called '{chosen_kind}': {', '.join(COUNT_KINDS)}")
    if np.isinf(found).any() or np.isinf(size).any():
        raise ValueError(f"{title}: an infinite value is no count")
    if not len(found) or not (found / size == found / size).any():
        raise ValueError(f"there is no count of {title} to chart")
    phase = phase_of(baseline, len(found))
    name = chosen_kind.replace("-", "_")
    limits = spc.attribute_limits(name, found, size, phase.mask)  # type: ignore[arg-type]
    points = spc.attribute_points(found, size, limits)
    broken = broken_rules(points, rules)
    ceiling = points.highest if math.isfinite(points.highest) else None
    panel = Panel(
        chosen_kind, points.value, points.center, points.ucl, points.lcl, broken,
        sigma=points.sigma, floor=0.0, ceiling=ceiling,
    )  # fmt: skip
    labels = names or [str(i + 1) for i in range(len(found))]
    drawn = ControlChart(
        title, COUNT_KINDS[chosen_kind], (panel,), labels,
        baseline=0 if phase.whole else phase.end, skipped=phase.first,
        facts=_count_facts(panel, found, size, phase),
        details=[f"{count(c)} of {count(n)}" for c, n in zip(found, size, strict=True)],
        rules=CHART_RULES,
    )  # fmt: skip
    return finished(drawn, width)


def _count_facts(
    panel: Panel, counts: FloatArray, sizes: FloatArray, phase: Phase
) -> tuple[tuple[str, str], ...]:
    total, inspected = float(np.nansum(counts)), float(np.nansum(sizes))
    low, high = float(np.nanmin(sizes)), float(np.nanmax(sizes))
    return (
        ("Samples", count(len(counts))),
        ("Inspected in each", count(low) if low == high else f"{count(low)} to {count(high)}"),
        ("Limits from", phase.said),
        ("Counted", f"{count(total)} of {count(inspected)}"),
        ("Centre", significant(float(panel.center[-1]), panel.step)),
        ("Last UCL", significant(float(panel.upper[-1]), panel.step)),
        ("Last LCL", significant(float(panel.lower[-1]), panel.step)),
        ("Signals", f"{len(panel.hit)} ({percent(len(panel.hit) / len(counts))})"),
    )
