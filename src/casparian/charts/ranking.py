"""Paretos as charts of their own: downtime by reason, and anything else that is counted.

pareto_chart(["jam", "setup", "jam"], [60, 300, 90], seconds=True)
pareto_chart(["scratch", "dent", "scratch"])                    how often each is there
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from casparian.charts import svg
from casparian.charts.chart import Chart, chart_of
from casparian.charts.frame import FACTS_HEIGHT, TITLE_HEIGHT, fact_strip, title_of
from casparian.charts.pareto import HOUR, VITAL, Item, Measure, counted, pareto, weighed
from casparian.charts.scale import count, hours, percent
from casparian.charts.svg import Drawing
from casparian.kpi.pareto import Ranked, ranked


def pareto_chart(
    label: ArrayLike,
    weight: ArrayLike | None = None,
    seconds: bool = False,
    title: str = "Pareto",
    what: str = "events",
    most: int = 15,
    width: float = 1080,
) -> Chart:
    """Categories by weight, largest first.

    label: (n,). weight: (n,), 1 each where it is left out. seconds: weights are durations [s] and
    are shown in hours. what: names what is counted. Raises ValueError for a weight below zero or
    missing, and where there is nothing to rank.
    """
    labels = np.asarray(label, dtype=np.str_)
    weights = np.ones(len(labels)) if weight is None else np.asarray(weight, dtype=np.float64)
    found = ranked(labels, weights)
    names, times = np.unique(labels, return_counts=True)
    events = dict(zip(names.tolist(), times.tolist(), strict=True))
    hinted = weight is not None
    items = [
        Item(name, float(w) / (HOUR if seconds else 1), f"{count(events[name])} times" * hinted)
        for name, w in zip(found.label, found.weight, strict=True)
    ]
    measure = _downtime() if seconds else _measure(title, what, found)
    drawn = pareto(items, measure, width, 420, most)
    if isinstance(drawn, Drawing):
        drawn = _headed(drawn, title, found, measure, HOUR if seconds else 1.0, len(labels))
    return chart_of(f"{title}: Pareto", drawn, _figures(title, found, events, seconds))


def _measure(title: str, what: str, found: Ranked) -> Measure:
    """Pieces are counted, money and kilograms are weighed."""
    if (found.weight % 1 == 0).all():
        return counted(title, what)
    return weighed(title, what, float(found.weight.sum()))


def _downtime() -> Measure:
    return Measure("Downtime", "hours", lambda v: hours(v * HOUR), "all downtime")


def _headed(
    drawn: Drawing, title: str, found: Ranked, measure: Measure, unit: float, rows: int
) -> Drawing:
    vital = int(np.searchsorted(found.cumulative_ratio, VITAL - 1e-12)) + 1
    facts = (
        ("Categories", count(len(found.label))),
        ("Entries", count(rows)),
        ("In all", measure.write(float(found.weight.sum()) / unit)),
        ("Largest", f"{found.label[0]} ({percent(float(found.share_ratio[0]))})"),
        (f"{percent(VITAL, 0)} come from", f"{vital} of {len(found.label)}"),
    )
    top = TITLE_HEIGHT + FACTS_HEIGHT + 10
    return svg.drawing(
        drawn.width, drawn.height + top, drawn.label,
        title_of(title, "Pareto chart"),
        fact_strip(facts, TITLE_HEIGHT, drawn.width),
        svg.placed(0, top, drawn.inner),
    )  # fmt: skip


def _figures(title: str, found: Ranked, events: dict[str, int], seconds: bool) -> dict[str, object]:
    rows = zip(
        found.label, found.weight.tolist(), found.share_ratio.tolist(),
        found.cumulative_ratio.tolist(), strict=True,
    )  # fmt: skip
    return {
        "title": title,
        "unit": "s" if seconds else "",
        "categories": [
            {"name": n, "weight": w, "entries": events[n], "share_ratio": s, "cumulative_ratio": c}
            for n, w, s, c in rows
        ],
    }
