"""What moved with a measured feature: its shift, the process values beside it, ranked.

    cause_chart(diameters, process, ["coolant", "pressure"])      process: (n parts, k values)

The ranking is that of `kpi.causes`. It says where to look first and proves nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from casparian.charts import svg
from casparian.charts.chart import Chart, chart_of
from casparian.charts.frame import (
    FACTS_HEIGHT,
    TITLE_HEIGHT,
    Cell,
    Frame,
    cut,
    fact_strip,
    table,
    title_of,
)
from casparian.charts.relation import LEFT, Variable, in_order, scatter
from casparian.charts.scale import NONE, count, fixed, significant
from casparian.charts.svg import Markup
from casparian.kpi.causes import Candidate, change_point, find_causes

SCATTERS = 3
MOST_COLUMNS = 540  # that a pointer can tell apart
SERIES, SCATTER = 150, 190
HEADS = ("Process value", "parts", "r", "p, adjusted", "evidence", "before", "after", "difference")
WIDTHS = (300, 80, 90, 110, 100, 130, 130, 140)
NOTE = "A candidate is where to look first, not a proof: what drifts at the same time ranks too."


@dataclasses.dataclass(frozen=True)
class _Found:
    """The feature and all process values of the same parts in order, and what came of them."""

    feature: Variable
    process: dict[str, Variable]
    candidates: tuple[Candidate, ...]
    change: int | None
    times: Sequence[datetime | None]

    @property
    def changed_at(self) -> str:
        """The time of the first part after the change, or its place where times are not known."""
        if self.change is None:
            return "no change"
        when = self.times[self.change] if self.times else None
        n = len(self.feature.values)
        return f"{when:%Y-%m-%d %H:%M} UTC" if when else f"part {self.change + 1} of {n}"

    def when(self, part: int) -> str:
        moment = self.times[part] if self.times else None
        return f", {moment:%Y-%m-%d %H:%M} UTC" if moment else ""

    @property
    def told(self) -> list[Candidate]:
        """Those of which a correlation is known."""
        return [each for each in self.candidates if each.evidence is not None]


def cause_chart(
    feature: ArrayLike,
    process: ArrayLike,
    names: Sequence[str],
    units: Sequence[str] = (),
    title: str = "Feature",
    unit: str = "",
    times: Sequence[datetime | None] = (),
    most: int = 12,
    width: float = 1080,
) -> Chart:
    """A feature (n,) and k process values (n, k) of the same parts, in order of time.

    names, units: of the process values. times: of the parts. most: candidates that are listed.
    NaN is left out. Raises ValueError where no process value can be held against the feature.
    """
    y, x = np.asarray(feature, dtype=np.float64), np.asarray(process, dtype=np.float64)
    candidates = find_causes(y, x, names)
    known = np.flatnonzero(~np.isnan(y))
    if not len(known) or not any(each.evidence is not None for each in candidates):
        why = ", ".join(dict.fromkeys(each.missing for each in candidates if each.missing))
        raise ValueError(f"nothing can be held against {title}: {why or 'no value is known'}")
    y, x = y[known], x[known]
    process_of = {
        name: Variable(name, units[i] if units else "", x[:, i]) for i, name in enumerate(names)
    }
    moments = [times[i] for i in known.tolist()] if times else ()
    found = _Found(Variable(title, unit, y), process_of, candidates, change_point(y), moments)
    drawn = _drawn(found, most, width)
    return chart_of(f"{title}: causes", drawn, _figures(found))


def _drawn(found: _Found, most: int, width: float) -> Markup:
    top = TITLE_HEIGHT + FACTS_HEIGHT + 34
    first = Frame(LEFT, top, width, top + SERIES)
    best = found.process[found.told[0].name]
    second = Frame(LEFT, first.bottom + 44, width, first.bottom + 44 + SERIES)
    plots = _scatters(found, second.bottom + 78, width)
    under = second.bottom + 78 + SCATTER + 62
    rows = _rows(found, most)
    return svg.drawing(
        width, under + len(rows) * 20 + 44, _label(found),
        title_of(found.feature.title, "What moved with it: process values of the same parts"),
        fact_strip(_facts(found), TITLE_HEIGHT, width),
        in_order(first, found.feature, found.change, "blue"),
        in_order(second, best, found.change, "purple"),
        _legend(Frame(0, second.bottom + 22, width, second.bottom + 22)),
        *plots,
        _columns(Frame(LEFT, first.top, width, second.bottom), found, best),
        table(0, under, WIDTHS, HEADS, rows),
        svg.text(0, under + len(rows) * 20 + 30, NOTE, "label"),
    )  # fmt: skip


def _legend(frame: Frame) -> Markup:
    """Parts follow one another from left to right; below, how the scatters mark them."""
    return svg.group(
        svg.text(frame.right, frame.top, "parts in the order in which they were measured",
                 "label tiny end"),
        svg.specks([(5, frame.top - 3)], "stroke-blue ends-round speck"),
        svg.text(14, frame.top, "before the change", "label small"),
        svg.specks([(129, frame.top - 3)], "stroke-orange ends-square speck"),
        svg.text(138, frame.top, "after it (dotted line)", "label small"),
    )  # fmt: skip


def _columns(frame: Frame, found: _Found, best: Variable) -> Markup:
    """What a pointer over a part shows: its value, and that of the best candidate."""
    n = len(best.values)
    if n > MOST_COLUMNS:
        return svg.joined([])
    wide, tall = frame.width / n, frame.bottom - frame.top
    return svg.joined(
        svg.box(frame.left + i * wide, frame.top, wide, tall, "hit",
                f"Part {i + 1}{found.when(i)}: {found.feature.told(i)}, {best.told(i)}")
        for i in range(n)
    )  # fmt: skip


def _scatters(found: _Found, top: float, width: float) -> list[Markup]:
    """The feature over the best candidates."""
    shown = found.told[:SCATTERS]
    wide = (width - 40 * (SCATTERS - 1)) / SCATTERS
    return [
        scatter(
            Frame(i * (wide + 40) + LEFT, top, i * (wide + 40) + wide, top + SCATTER),
            found.process[each.name], found.feature, found.change,
            f"r = {fixed(each.correlation or 0.0, 2)}, {count(each.n)} parts",
        )
        for i, each in enumerate(shown)
    ]  # fmt: skip


def _facts(found: _Found) -> tuple[tuple[str, str], ...]:
    values, change = found.feature.values, found.change
    facts = [("Parts", count(len(values))), ("Process values", count(len(found.candidates)))]
    facts.append(("Changed most at", found.changed_at))
    if change is not None:
        before, after = float(values[:change].mean()), float(values[change:].mean())
        step = float(values.std()) / 10
        facts += [
            ("Mean before", significant(before, step)),
            ("Mean after", significant(after, step)),
            ("Difference", significant(after - before, step)),
        ]
    return (*facts, ("Most evidence", cut(found.told[0].name, 26)))


def _rows(found: _Found, most: int) -> list[list[Cell]]:
    rows = []
    for each in found.candidates[:most]:
        it = found.process[each.name]
        name = Cell(cut(it.title, 44), "name")
        if each.correlation is None:
            rows.append([name, Cell(count(each.n)), Cell(NONE), Cell(each.missing)])
            continue
        step = float(np.nanstd(it.values)) / 10
        sides = [
            NONE if v is None else significant(v, step)
            for v in (each.before, each.after, each.difference)
        ]
        rows.append([
            name, Cell(count(each.n)), Cell(fixed(each.correlation, 3), "strong num end"),
            Cell(_p(each.p_adjusted)), Cell(fixed(each.evidence or 0.0, 1)), *map(Cell, sides),
        ])  # fmt: skip
    return rows


def _p(value: float | None) -> str:
    if value is None:
        return NONE
    return "< 0.0001" if value < 1e-4 else fixed(value, 4)


def _figures(found: _Found) -> dict[str, Any]:
    return {
        "title": found.feature.title,
        "parts": len(found.feature.values),
        "changed_at": found.changed_at,
        "change": found.change,
        "candidates": [
            dataclasses.asdict(each) | {"unit": found.process[each.name].unit}
            for each in found.candidates
        ],
    }


def _label(found: _Found) -> str:
    best = found.told[:3]
    first = ", ".join(f"{each.name} (r {fixed(each.correlation or 0, 2)})" for each in best)
    return (
        f"What moved with {found.feature.name}: {count(len(found.feature.values))} parts, change "
        f"at {found.changed_at}. Most evidence: {first}."
    )
