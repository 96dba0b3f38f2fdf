"""Two panels of what moves with what: values in their order with their change, and a scatter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from casparian.charts import svg
from casparian.charts.frame import Frame, cut, figures_below, floor, grid
from casparian.charts.scale import Scale, decimals_for, fixed, significant, step_for
from casparian.charts.svg import Markup
from casparian.charts.thin import runs, shown
from casparian.kpi.factors import FloatArray

MOST_DOTS = 1500
MOST_RINGS = 400  # up to which marks have a hole
ROOM = 0.06
LEFT = 52  # of a frame, for the figures of its axis


@dataclass(frozen=True)
class Variable:
    """What is on an axis: its name, its unit and its values (n,), NaN where there is none."""

    name: str
    unit: str
    values: FloatArray

    @property
    def title(self) -> str:
        return f"{self.name} [{self.unit}]" if self.unit else self.name

    def told(self, place: int) -> str:
        """One value with its name and unit."""
        step = float(np.nanstd(self.values)) / 10
        return f"{self.name} {significant(float(self.values[place]), step)} {self.unit}".strip()


def in_order(frame: Frame, it: Variable, change: int | None, hue: str) -> Markup:
    """Values over their place, the change as an upright line, and the mean on both sides of it."""
    n = len(it.values)
    x, y = frame.across(-0.5, n - 0.5), frame.up(*_range(it.values))
    across = np.array([x(i) for i in range(n)])
    parts = [_head(frame, it.title), _levels(frame, y)]
    for low, high in runs(it.values):
        up = np.array([y(v) for v in it.values[low:high].tolist()])
        kept = shown(across[low:high], up)
        line = zip(across[low:high][kept].tolist(), up[kept].tolist(), strict=True)
        parts.append(svg.polyline(line, f"path stroke-{hue}"))
    for low, high in ((0, n),) if change is None else ((0, change), (change, n)):
        parts.append(_mean(it, low, high, x, y))
    if change is not None:
        parts.append(svg.line(x(change - 0.5), frame.top, x(change - 0.5), frame.bottom, "phase"))
    return svg.group(*parts, floor(frame))


def _mean(it: Variable, low: int, high: int, x: Scale, y: Scale) -> Markup:
    known = it.values[low:high][~np.isnan(it.values[low:high])]
    if not len(known):
        return svg.joined([])
    level, spread = float(known.mean()), float(np.ptp(known))
    hint = f"{it.name}: mean {significant(level, spread / 10)} of {len(known)} parts"
    return svg.group(
        svg.line(x(low - 0.5), y(level), x(high - 0.5), y(level), "center"),
        svg.box(x(low - 0.5), y(level) - 5, x(high - 0.5) - x(low - 0.5), 10, "hit", hint),
    )


def scatter(frame: Frame, across: Variable, up: Variable, change: int | None, told: str) -> Markup:
    """Each part by both values: discs before the change, squares after it, and the straight line
    of least squares."""
    both = ~np.isnan(across.values) & ~np.isnan(up.values)
    later = np.arange(len(both)) >= (len(both) if change is None else change)
    x, y = frame.across(*_range(across.values[both])), frame.up(*_range(up.values[both]))
    room = int(frame.width / 6.4)
    return svg.group(
        svg.text(frame.left - LEFT, frame.top - 26, cut(across.title, room), "strong"),
        svg.text(frame.left - LEFT, frame.top - 11, told, "label small"),
        _levels(frame, y),
        _dots(x, y, across, up, np.flatnonzero(both & ~later), "blue"),
        _dots(x, y, across, up, np.flatnonzero(both & later), "orange"),
        _fitted(x, y, across.values[both], up.values[both]),
        floor(frame),
        figures_below(frame, x),
    )


def _dots(
    x: Scale, y: Scale, across: Variable, up: Variable, rows: NDArray[np.int64], hue: str
) -> Markup:
    """So many of them that the drawing stays small; squares for the later ones."""
    if len(rows) > MOST_DOTS:
        rows = rows[np.linspace(0, len(rows) - 1, MOST_DOTS).round().astype(np.int64)]
    places = [
        (x(a), y(b))
        for a, b in zip(across.values[rows].tolist(), up.values[rows].tolist(), strict=True)
    ]
    ends = "round" if hue == "blue" else "square"
    marks = [svg.specks(places, f"stroke-{hue} ends-{ends} speck")]
    if hue == "blue" and len(rows) <= MOST_RINGS:
        marks.append(svg.specks(places, "core little"))
    return svg.joined(marks)


def _fitted(x: Scale, y: Scale, a: FloatArray, b: FloatArray) -> Markup:
    if len(a) < 2 or not np.ptp(a) > 0:
        return svg.joined([])
    middle = float(a.mean())
    slope = float(((a - middle) * (b - b.mean())).sum() / ((a - middle) ** 2).sum())
    ends = [(v, float(b.mean()) + slope * (v - middle)) for v in (float(a.min()), float(a.max()))]
    (x1, y1), (x2, y2) = ((x(v), y(w)) for v, w in ends)
    return svg.line(x1, y1, x2, y2, "center")


def _range(values: FloatArray) -> tuple[float, float]:
    known = values[~np.isnan(values)]
    low, high = float(known.min(initial=np.inf)), float(known.max(initial=-np.inf))
    if low > high:
        return 0.0, 1.0
    room = (high - low) * ROOM or max(abs(high), 1.0) * 1e-3
    return low - room, high + room


def _head(frame: Frame, words: str) -> Markup:
    return svg.text(frame.left - LEFT, frame.top - 11, words, "strong")


def _levels(frame: Frame, y: Scale) -> Markup:
    decimals = decimals_for(step_for(y.high - y.low, 4))
    return grid(frame, y, y.ticks(4), lambda v: fixed(v, decimals))
