"""Limits, zones and the line of points, stepped where limits change, thinned where points crowd."""

from __future__ import annotations

import numpy as np

from casparian.charts import svg
from casparian.charts.control.place import Place
from casparian.charts.frame import cut_front
from casparian.charts.scale import decimals_for, fixed, significant, spread, step_for
from casparian.charts.svg import Markup
from casparian.charts.thin import levels, runs, shown
from casparian.kpi.factors import FloatArray

MOST_STEPS = 2  # a pixel


def axis(place: Place) -> Markup:
    frame, y = place.frame, place.y
    about = max(round((frame.bottom - frame.top) / 26), 3)
    decimals = decimals_for(step_for(y.high - y.low, about))
    marks = [
        svg.text(
            frame.left - 8, y(v) + 4, cut_front(fixed(v, decimals), max(int(frame.left / 5.6), 8)),
            "label small num end",
        )
        for v in y.ticks(about)
        if y(v) > frame.top + 5  # the panel's name stands there
    ]  # fmt: skip
    return svg.group(
        svg.text(0, frame.top - 8, place.panel.name, "strong"),
        *marks,
        svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis"),
        svg.line(frame.left, frame.top, frame.left, frame.bottom, "axis"),
    )


def zones(place: Place) -> Markup:
    """Zones C, B and A: one, two and three sigma of a point on both sides of the centre."""
    panel, parts = place.panel, []
    if panel.sigma is None or not len(panel.values):
        return svg.joined([])
    if len(levels(panel.sigma)) > place.frame.width / 2:
        return svg.joined([])  # steps too narrow to be seen
    for zone, reach in (("c", 0), ("b", 1), ("a", 2)):
        for side in (1, -1):
            near, far = (panel.center + side * (reach + k) * panel.sigma for k in (0, 1))
            parts.append(_band(place, near, far, f"zone-{zone}"))
        middle = panel.center[:1] + (reach + 0.5) * panel.sigma[:1]
        tall = abs(place.y(float(panel.sigma[0])) - place.y(0.0))
        if tall > 9 and place.y.low < middle[0] < place.y.high:
            y = float(place.up(middle)[0]) + 3.5
            parts.append(svg.text(place.frame.left + 5, y, zone.upper(), "label tiny"))
    return svg.joined(parts)


def _band(place: Place, near: FloatArray, far: FloatArray, class_: str) -> Markup:
    """The area between two stepped lines."""
    both = levels(near + 1j * far)
    if len(both) == 1:
        edges = sorted(float(place.up(line[:1])[0]) for line in (near, far))
        return svg.box(place.frame.left, edges[0], place.frame.width, edges[1] - edges[0], class_)
    over, back = _stepped(place, near), _stepped(place, far)
    return svg.element("polygon", points=svg.points_of([*over, *back[::-1]]), class_=class_)


def _stepped(place: Place, line: FloatArray) -> list[tuple[float, float]]:
    """Corners of a line that holds each value over the width of its subgroup."""
    stretches = levels(line)
    heights = place.up(np.array([value for _, _, value in stretches]))
    last = len(line)
    corners = []
    for (low, high, _), y in zip(stretches, heights.tolist(), strict=True):
        left = place.frame.left if low == 0 else place.x(low - 0.5)
        right = place.frame.right if high == last else place.x(high - 0.5)
        corners += [(left, y), (right, y)]
    if len(corners) <= MOST_STEPS * place.frame.width:
        return corners
    xs, ys = (np.array(axis) for axis in zip(*corners, strict=True))
    return [corners[i] for i in shown(xs, ys).tolist()]


def limits(place: Place) -> Markup:
    """Centre and limits, with the figures of the last subgroup on the right."""
    panel, lines = place.panel, []
    for name, line, kind, ink in (
        ("UCL", panel.upper, "limit", "red-text"),
        ("CL", panel.center, "center", "green-text"),
        ("LCL", panel.lower, "limit", "red-text"),
    ):
        known = line[~np.isnan(line)]
        floor = -np.inf if panel.floor is None else panel.floor
        shut = name == "LCL" and not known.max(initial=-np.inf) > floor
        if len(known) and not shut:
            lines.append((name, line, float(known[-1]), kind, ink))
    heights = [float(place.up(np.array([value]))[0]) for _, _, value, _, _ in lines]
    labels = spread(heights, 12, place.frame.top, place.frame.bottom)
    return svg.joined(
        svg.group(
            _limit_line(place, line, kind),
            _limit_label(place, name, value, label, ink),
            svg.tip(f"{panel.name} {name}: {significant(value, panel.step / 100)}"),
        )
        for (name, line, value, kind, ink), label in zip(lines, labels, strict=True)
    )


def _limit_line(place: Place, line: FloatArray, kind: str) -> Markup:
    corners = _stepped(place, line)
    if len(corners) == 2:
        (x1, y), (x2, _) = corners
        return svg.line(x1, y, x2, y, kind)
    return svg.polyline(corners, f"{kind} step")


def _limit_label(place: Place, name: str, value: float, y: float, ink: str) -> Markup:
    written = cut_front(significant(value, place.panel.step), 13)
    words = written if place.narrow else f"{name} {written}"
    return svg.text(place.frame.right + 6, y + 4, words, f"label {ink} small num")


def path(place: Place, values: FloatArray, class_: str = "path") -> Markup:
    """The line through the points, broken where there is none."""
    parts = []
    for low, high in runs(values):
        x, y = place.across[low:high], place.up(values[low:high])
        kept = shown(x, y)
        parts.append(svg.polyline(zip(x[kept].tolist(), y[kept].tolist(), strict=True), class_))
    return svg.joined(parts)
