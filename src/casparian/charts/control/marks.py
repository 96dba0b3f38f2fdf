"""Points of a control chart, the rules they broke, and what a pointer over them tells."""

from __future__ import annotations

import math

import numpy as np

from casparian.charts import svg
from casparian.charts.control.data import ControlChart, Panel
from casparian.charts.control.place import LANE, Place, Plan
from casparian.charts.scale import count, significant
from casparian.charts.svg import Markup
from casparian.kpi.factors import FloatArray
from casparian.kpi.intervals import IntArray

CALM = 8  # points without a rule before its name is written again
ROOMY = 6.0  # pixels between points from which marks are large
CROWDED = 2.0  # pixels up to which only the line is drawn
MOST_CIRCLES = 400
MOST_COLUMNS = 540  # that a pointer can tell apart


def points(place: Place, values: FloatArray) -> Markup:
    """Rings at all calm points, where there is room for rings."""
    if place.spacing <= CROWDED:
        return svg.joined([])
    calm = ~np.isnan(values)
    calm[place.panel.hit] = False
    spots = _spots(place, values, np.flatnonzero(calm))
    size = "large" if place.spacing > ROOMY else "little"
    return svg.joined([svg.specks(spots, f"ring {size}"), svg.specks(spots, f"core {size}")])


def broken_points(place: Place) -> Markup:
    """Each point that breaks a rule. Very many of them are one stroke with a dot for each."""
    panel = place.panel
    values = panel.values
    if panel.other is not None:
        # of two lines the one that is farther out is the one that signals
        farther = np.abs(panel.other - panel.center) > np.abs(panel.values - panel.center)
        values = np.where(farther, panel.other, panel.values)
    spots = _spots(place, values, _told(place, values))
    if len(spots) > MOST_CIRCLES:
        return svg.specks(_apart(spots), "out-many")
    if place.spacing <= ROOMY:
        return svg.joined(svg.dot(x, y, 3.2, "out") for x, y in spots)
    return svg.joined(
        svg.group(svg.dot(x, y, 7.2, "halo"), svg.dot(x, y, 4.2, "out")) for x, y in spots
    )


def _told(place: Place, values: FloatArray) -> IntArray:
    """The points to mark: of more points than pixels those beyond the limits; lanes show all."""
    hit = place.panel.hit
    if not place.dense:
        return hit
    beyond = (values[hit] > place.panel.upper[hit]) | (values[hit] < place.panel.lower[hit])
    return hit[beyond]


def _spots(place: Place, values: FloatArray, where: np.ndarray) -> list[tuple[float, float]]:
    x, y = place.across[where], place.up(values[where])
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _apart(spots: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without the dots that would lie on another: those within half a pixel of it."""
    return list(dict.fromkeys((round(x * 2) / 2, round(y * 2) / 2) for x, y in spots))


def flags(place: Place) -> Markup:
    """A rule's name where it is broken after some calm, above or below all points nearby."""
    parts: list[Markup] = []
    last_seen: dict[str, int] = {}
    free_from = -math.inf
    for i in place.panel.hit.tolist():
        rules = place.panel.rules_at[i]
        fresh = [rule for rule in rules if i - last_seen.get(rule, -CALM - 1) > CALM]
        last_seen.update(dict.fromkeys(rules, i))
        words, x = " ".join(fresh), float(place.across[i])
        half = len(words) * 3.6
        if fresh and x - half >= free_from:
            parts.append(svg.text(x, _clear(place, i, half), words, "flag mid"))
            free_from = x + half + 6
    return svg.joined(parts)


def _clear(place: Place, index: int, half: float) -> float:
    """The height for words that stay clear of the points near this one."""
    x = place.across
    low, high = np.searchsorted(x, [x[index] - half - 6, x[index] + half + 6])
    near = place.panel.values[low : max(high, index + 1)]
    if place.panel.values[index] >= place.panel.center[index]:
        return max(place.y(float(np.nanmax(near))) - 12, place.frame.top - 2)
    return min(place.y(float(np.nanmin(near))) + 20, place.frame.bottom - 3)


def lanes(chart: ControlChart, found: Plan) -> Markup:
    """One lane a rule of the first panel, with a mark under every point that breaks it."""
    place = found.places[0]
    return svg.joined(
        _lane(place, found.lanes.top + row * LANE, rule, place.panel.broken[rule])
        for row, rule in enumerate(found.rules)
    )


def _lane(place: Place, y: float, rule: str, where: np.ndarray) -> Markup:
    frame = place.frame
    wide = min(4.0, max(place.spacing * 0.7, 1.2))
    across = place.across[where]
    if place.spacing < 0.5:
        across = np.unique(np.round(across * 2) / 2)
    marks = svg.ticks(across.tolist(), y + 1, LANE - 6, "tick-out", wide)
    number = "1 point" if len(where) == 1 else f"{count(len(where))} points"
    return svg.group(
        svg.text(frame.left - 8, y + 9.5, rule, "label small end"),
        svg.box(frame.left, y, frame.width, LANE - 4, "lane"),
        marks,
        svg.text(frame.right + 6, y + 9.5, number, "label small"),
    )


def columns(chart: ControlChart, found: Plan) -> Markup:
    """What a pointer over a subgroup shows, anywhere in its column. Phones have no pointer."""
    first, last = found.places[0], found.places[-1]
    if first.narrow:
        return svg.joined([])
    together = -(-chart.count // MOST_COLUMNS)
    tall = last.frame.bottom - first.frame.top
    return svg.joined(
        svg.box(
            float(first.across[i]) - first.spacing / 2, first.frame.top,
            first.spacing * together, tall, "hit", _hint(chart, i, min(i + together, chart.count)),
        )
        for i in range(0, chart.count, together)
    )  # fmt: skip


def _hint(chart: ControlChart, low: int, high: int) -> str:
    if high - low > 1:
        return _hint_of_many(chart, low, high)
    when = chart.times[low] if chart.times else None
    said = [f"{p.name} {significant(float(p.values[low]), p.step / 10)}" for p in chart.panels]
    said += [chart.details[low]] if chart.details else []
    rules = [rule for p in chart.panels for rule in p.rules_at.get(low, [])]
    named = ", ".join(f"{r} ({chart.rules[r]})" if r in chart.rules else r for r in rules)
    moment = f", {when:%Y-%m-%d %H:%M} UTC" if when else ""
    return f"Subgroup {chart.names[low]}{moment}: {', '.join(said)}" + (
        f", breaks {named}" if named else ""
    )


def _hint_of_many(chart: ControlChart, low: int, high: int) -> str:
    said = [_extremes(panel, low, high) for panel in chart.panels]
    rules = [rule for p in chart.panels for i in range(low, high) for rule in p.rules_at.get(i, [])]
    named = ", ".join(f"{rule} × {rules.count(rule)}" for rule in dict.fromkeys(rules))
    return f"Subgroups {chart.names[low]} to {chart.names[high - 1]}: {', '.join(said)}" + (
        f", breaks {named}" if named else ""
    )


def _extremes(panel: Panel, low: int, high: int) -> str:
    known = panel.values[low:high]
    known = known[~np.isnan(known)]
    if not len(known):
        return f"{panel.name} none"
    written = [significant(float(v), panel.step / 10) for v in (known.min(), known.max())]
    return f"{panel.name} {written[0]} to {written[1]}"
