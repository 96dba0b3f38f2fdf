"""X-bar and R control chart with zones, frozen limits and the rules that points broke."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from casparian.report import svg
from casparian.report.charts.frame import Frame, nothing
from casparian.report.data import SpcChart, SpcPoint
from casparian.report.scale import Scale, decimals_for, fixed, significant, spread, step_for
from casparian.report.svg import Markup

LANE = 15
HEAD = 31
WIDE_LEFT, NARROW_LEFT = 64, 50
CALM = 8
XBAR = "X\N{COMBINING MACRON}"
RANGE_RULE = "R1"


@dataclass(frozen=True)
class _Panel:
    """One of the two charts: its frame, scales, values and the rules marked in it."""

    frame: Frame
    x: Scale
    y: Scale
    name: str
    values: tuple[float, ...]
    broken: tuple[tuple[str, ...], ...]
    center: float
    upper: float
    lower: float

    @property
    def spacing(self) -> float:
        """Pixels from one point to the next."""
        return self.x(1) - self.x(0)

    @property
    def reach(self) -> float:
        """From the lower to the upper limit, in the unit of the measurement."""
        return self.upper - self.lower

    @property
    def narrow(self) -> bool:
        return self.frame.left <= NARROW_LEFT


def control_chart(chart: SpcChart, width: float = 1080, height: float = 0) -> Markup:
    """X-bar over R. Points that break a rule are red and labelled; a lane a rule shows all of them.

    Zones A, B and C are one sigma each of a mean. The dotted upright line ends phase I, from which
    the limits come.
    """
    if not chart.points:
        return nothing(f"No complete subgroup of {chart.title} was measured.")
    rules = [rule for rule in chart.broken if rule != RANGE_RULE]
    lanes = len(rules) * LANE + (10 if rules else 0)
    tall = height or (420 if width > 600 else 390) + lanes
    left, right = (WIDE_LEFT, 92) if width > 600 else (NARROW_LEFT, 62)
    deep = tall - HEAD - 34 - 34 - lanes
    top = Frame(left, HEAD, width - right, HEAD + deep * 0.62)
    lane = Frame(left, top.bottom + 8, top.right, top.bottom + lanes)
    under = top.bottom + lanes + 34
    low = Frame(left, under, top.right, under + deep * 0.38)
    upper, lower = _xbar(chart, top), _ranges(chart, low)
    return svg.drawing(
        width,
        tall,
        _label(chart),
        _zones(chart, upper),
        _phase(chart, upper, lower),
        _panel(chart, upper),
        _lanes(chart, rules, lane, upper.x),
        _panel(chart, lower),
        _days(chart, lower),
        *_columns_to_point_at(chart, upper, lower),
    )


def _columns(frame: Frame, count: int) -> Scale:
    pad = min(frame.width / max(count, 1) / 2, 14)
    letters = 18  # room for the names of the zones
    return Scale(0, max(count - 1, 1), frame.left + max(pad, letters), frame.right - pad)


def _xbar(chart: SpcChart, frame: Frame) -> _Panel:
    values = tuple(point.xbar for point in chart.points)
    broken = tuple(tuple(r for r in p.rules if r != RANGE_RULE) for p in chart.points)
    y = frame.up(*_around([*values, chart.xbar_ucl, chart.xbar_lcl]))
    x = _columns(frame, len(values))
    limits = (chart.center, chart.xbar_ucl, chart.xbar_lcl)
    return _Panel(frame, x, y, XBAR, values, broken, *limits)


def _ranges(chart: SpcChart, frame: Frame) -> _Panel:
    values = tuple(point.spread for point in chart.points)
    broken = tuple(tuple(r for r in p.rules if r == RANGE_RULE) for p in chart.points)
    y = frame.up(0, max([*values, chart.range_ucl, 1e-12]) * 1.06)
    x = _columns(frame, len(values))
    limits = (chart.range_center, chart.range_ucl, chart.range_lcl)
    return _Panel(frame, x, y, "R", values, broken, *limits)


def _around(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.13 or max(abs(high), 1.0) * 1e-3
    return low - room, high + room


def _zones(chart: SpcChart, panel: _Panel) -> Markup:
    """Zones C, B and A: one, two and three sigma of a mean on both sides."""
    sigma = (chart.xbar_ucl - chart.center) / 3
    parts = []
    for zone, reach in (("c", 0), ("b", 1), ("a", 2)):
        for side in (1, -1):
            edges = sorted(panel.y(chart.center + side * (reach + k) * sigma) for k in (0, 1))
            parts.append(
                svg.box(
                    panel.frame.left,
                    edges[0],
                    panel.frame.width,
                    edges[1] - edges[0],
                    f"zone-{zone}",
                )
            )
        middle = panel.y(chart.center + (reach + 0.5) * sigma) + 3.5
        if edges[1] - edges[0] > 9:
            parts.append(svg.text(panel.frame.left + 5, middle, zone.upper(), "label tiny"))
    return svg.joined(parts)


def _phase(chart: SpcChart, upper: _Panel, lower: _Panel) -> Markup:
    """Where phase I ends."""
    if not 0 < chart.baseline_subgroups < len(chart.points):
        return svg.joined([])
    x = upper.x(chart.baseline_subgroups - 0.5)
    count = chart.baseline_subgroups
    sayings = (
        f"Phase I: limits from the first {count} subgroups",
        "Phase I: sets the limits",
        "Phase I",
        "",
    )
    words = next(words for words in sayings if x - upper.frame.left > len(words) * 5.4)
    second = "Phase II" if upper.frame.right - x > 60 else ""
    return svg.group(
        svg.line(x, upper.frame.top - 28, x, lower.frame.bottom, "phase"),
        svg.text(x - 6, upper.frame.top - 20, words, "label tiny end"),
        svg.text(x + 6, upper.frame.top - 20, second, "label tiny"),
    )


def _panel(chart: SpcChart, panel: _Panel) -> Markup:
    """Axis, limits, the line of points and their marks."""
    places = [(panel.x(i), panel.y(v)) for i, v in enumerate(panel.values)]
    return svg.group(
        _axis(panel),
        _limits(panel),
        svg.polyline(places, "path"),
        *_calm_points(panel, places),
        *(_broken_point(panel, *place) for i, place in enumerate(places) if panel.broken[i]),
        *_flags(panel),
    )


def _axis(panel: _Panel) -> Markup:
    frame = panel.frame
    about = max(round((frame.bottom - frame.top) / 26), 3)
    decimals = decimals_for(step_for(panel.y.high - panel.y.low, about))
    marks = [
        svg.text(frame.left - 8, panel.y(v) + 4, fixed(v, decimals), "label small num end")
        for v in panel.y.ticks(about)
    ]
    name = svg.text(0, frame.top - 8, panel.name, "strong")
    return svg.group(
        name,
        *marks,
        svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis"),
        svg.line(frame.left, frame.top, frame.left, frame.bottom, "axis"),
    )


def _limits(panel: _Panel) -> Markup:
    """Centre and limits with their figures on the right."""
    sigma = panel.reach / 6
    shown = [
        ("UCL", panel.upper, "limit", "red-text"),
        ("CL", panel.center, "center", "green-text"),
    ]
    if panel.lower > panel.y.low:
        shown.append(("LCL", panel.lower, "limit", "red-text"))
    places = [panel.y(value) for _, value, _, _ in shown]
    labels = spread(places, 12, panel.frame.top, panel.frame.bottom)
    return svg.joined(
        svg.group(
            svg.line(panel.frame.left, place, panel.frame.right, place, kind),
            _limit_label(panel, name, value, label, ink),
            svg.tip(f"{panel.name} {name}: {significant(value, sigma / 100)}"),
        )
        for (name, value, kind, ink), place, label in zip(shown, places, labels, strict=True)
    )


def _limit_label(panel: _Panel, name: str, value: float, y: float, ink: str) -> Markup:
    written = significant(value, panel.reach / 6)
    words = written if panel.narrow else f"{name} {written}"
    return svg.text(panel.frame.right + 6, y + 4, words, f"label {ink} small num")


def _calm_points(panel: _Panel, places: Sequence[tuple[float, float]]) -> list[Markup]:
    """Rings at all points that break no rule: two strokes with round ends, however many points."""
    calm = [place for place, rules in zip(places, panel.broken, strict=True) if not rules]
    size = "large" if panel.spacing > 6 else "little"
    return [svg.specks(calm, f"ring {size}"), svg.specks(calm, f"core {size}")]


def _broken_point(panel: _Panel, x: float, y: float) -> Markup:
    if panel.spacing <= 6:
        return svg.dot(x, y, 3.2, "out")
    return svg.group(svg.dot(x, y, 7.2, "halo"), svg.dot(x, y, 4.2, "out"))


def _columns_to_point_at(chart: SpcChart, upper: _Panel, lower: _Panel) -> list[Markup]:
    """What a pointer over a subgroup shows, anywhere in its column. Phones have no pointer."""
    if upper.narrow:
        return []
    top, tall = upper.frame.top, lower.frame.bottom - upper.frame.top
    wide = upper.spacing
    return [
        svg.box(
            upper.x(i) - wide / 2, top, wide, tall, "hit", _hint(point, upper.reach, lower.reach)
        )
        for i, point in enumerate(chart.points)
    ]


def _hint(point: SpcPoint, reach: float, range_reach: float) -> str:
    when = f", {point.measured_at:%Y-%m-%d %H:%M} UTC" if point.measured_at else ""
    said = f", breaks {', '.join(point.rules)}" if point.rules else ""
    mean, spread = significant(point.xbar, reach / 60), significant(point.spread, range_reach / 60)
    return f"Subgroup {point.subgroup}{when}: {XBAR} {mean}, R {spread}{said}"


def _flags(panel: _Panel) -> list[Markup]:
    """A rule's name where it is broken after some calm, above or below all points nearby."""
    flags: list[Markup] = []
    last_seen: dict[str, int] = {}
    free_from = -math.inf
    for i, rules in enumerate(panel.broken):
        fresh = [rule for rule in rules if i - last_seen.get(rule, -CALM - 1) > CALM]
        last_seen.update(dict.fromkeys(rules, i))
        words, x = " ".join(fresh), panel.x(i)
        half = len(words) * 3.6
        if fresh and x - half >= free_from:
            flags.append(svg.text(x, _clear(panel, i, half), words, "flag mid"))
            free_from = x + half + 6
    return flags


def _clear(panel: _Panel, index: int, half: float) -> float:
    """The height for words that stay clear of the points near this one."""
    near = [v for i, v in enumerate(panel.values) if abs(panel.x(i) - panel.x(index)) <= half + 6]
    if panel.values[index] >= panel.center:
        return max(panel.y(max(near)) - 12, panel.frame.top - 2)
    return min(panel.y(min(near)) + 20, panel.frame.bottom - 3)


def _lanes(chart: SpcChart, rules: Sequence[str], frame: Frame, x: Scale) -> Markup:
    """One lane a rule with a mark under every point that breaks it."""
    return svg.joined(
        _lane(chart, rule, frame, frame.top + row * LANE, x) for row, rule in enumerate(rules)
    )


def _lane(chart: SpcChart, rule: str, frame: Frame, y: float, x: Scale) -> Markup:
    found = [i for i, point in enumerate(chart.points) if rule in point.rules]
    wide = min(4.0, max((x(1) - x(0)) * 0.7, 1.2))
    marks = (svg.box(x(i) - wide / 2, y + 1, wide, LANE - 6, "tick-out") for i in found)
    number = "1 point" if len(found) == 1 else f"{len(found)} points"
    return svg.group(
        svg.text(frame.left - 8, y + 9.5, rule, "label small end"),
        svg.box(frame.left, y, frame.width, LANE - 4, "lane"),
        *marks,
        svg.text(frame.right + 6, y + 9.5, number, "label small"),
    )


def _days(chart: SpcChart, panel: _Panel) -> Markup:
    """Numbers of subgroups, and below them their days, where there is room."""
    frame, total = panel.frame, len(chart.points)
    step = max(1, math.ceil(total / max(frame.width / 64, 1)))
    parts = []
    for i in range(0, total, step):
        point = chart.points[i]
        parts.append(
            svg.text(panel.x(i), frame.bottom + 16, str(point.subgroup), "label small num mid")
        )
        if point.measured_at:
            day = f"{point.measured_at.day} {point.measured_at:%b}"
            parts.append(svg.text(panel.x(i), frame.bottom + 29, day, "label tiny mid"))
    name = svg.text(0, frame.bottom + 16, "No." if panel.narrow else "Subgroup", "label tiny")
    return svg.joined([name, *parts])


def _label(chart: SpcChart) -> str:
    broken = ", ".join(f"{rule} at {n} points" for rule, n in chart.broken.items())
    spacing = (chart.xbar_ucl - chart.xbar_lcl) / 6
    return (
        f"X-bar and R chart of {chart.title} on {chart.machine_id}, {len(chart.points)} subgroups "
        f"of {chart.subgroup_size}: centre {significant(chart.center, spacing)}, limits "
        f"{significant(chart.xbar_lcl, spacing)} to {significant(chart.xbar_ucl, spacing)}. "
        f"{f'Rules broken: {broken}.' if broken else 'No rule is broken.'}"
    )
