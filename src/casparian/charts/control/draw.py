"""Control charts as drawings: panels with zones, limits and phases, and the rules points broke."""

from __future__ import annotations

import math

from casparian.charts import svg
from casparian.charts.control import lines, marks
from casparian.charts.control.data import ControlChart
from casparian.charts.control.place import Place, Plan, plan
from casparian.charts.frame import FACTS_HEIGHT, TITLE_HEIGHT, fact_strip, nothing, title_of
from casparian.charts.scale import significant
from casparian.charts.svg import Markup

LEGEND = 17  # a line of it
LEGEND_COLUMNS = 2


def control_chart(
    chart: ControlChart, width: float = 1080, height: float = 0, bare: bool = False
) -> Markup:
    """The panels over one another. Points that break a rule are red and labelled; a lane a rule
    of the first panel shows all of them.

    The dotted upright line ends phase I, from which the limits come. bare: without the title, the
    statistics and the legend of rules, for a page that has its own.
    """
    if not chart.count:
        return nothing(f"No complete subgroup of {chart.title} was measured.")
    top = 0 if bare else TITLE_HEIGHT + (FACTS_HEIGHT if chart.facts else 0)
    found = plan(chart, width, height, top)
    legend = [] if bare else _legend(chart, found.height, width)
    return svg.drawing(
        width,
        found.height + -(-len(legend) // LEGEND_COLUMNS) * LEGEND + (6 if legend else 0),
        label(chart),
        *([] if bare else _head(chart, width)),
        *(lines.zones(place) for place in found.places),
        _phase(chart, found),
        *(_panel(place) for place in found.places),
        marks.lanes(chart, found),
        _subgroups(chart, found.places[-1], found.names_y),
        *legend,
        marks.columns(chart, found),
    )


def _head(chart: ControlChart, width: float) -> list[Markup]:
    return [
        title_of(chart.title, f"{chart.kind} chart"),
        fact_strip(chart.facts, TITLE_HEIGHT, width),
    ]


def _panel(place: Place) -> Markup:
    """Axis, limits, the line of points and their marks."""
    drawn = [place.panel.values]
    if place.panel.other is not None:
        drawn.append(place.panel.other)
    paths = [lines.path(place, values) for values in drawn]
    limits = lines.limits(place)
    return svg.group(
        lines.axis(place),
        # a dense line would hide them
        *((*paths, limits) if place.dense else (limits, *paths)),
        *(marks.points(place, values) for values in drawn),
        marks.broken_points(place),
        *(() if place.dense else (marks.flags(place),)),
    )


def _phase(chart: ControlChart, found: Plan) -> Markup:
    """Where phase I begins and ends, as far as there are subgroups beyond it."""
    if not chart.skipped and not 0 < chart.baseline < chart.count:
        return svg.joined([])
    upper = found.places[0].frame
    starts = found.places[0].x(chart.skipped - 0.5) if chart.skipped else upper.left
    ends = found.places[0].x(chart.baseline - 0.5)
    second = "Phase II" if upper.right - ends > 60 else ""
    edges = [ends] if chart.baseline < chart.count else []
    return svg.group(
        *(_edge(found, x) for x in ([starts] * (chart.skipped > 0) + edges)),
        svg.text(ends - 6, upper.top - 20, _phase_words(chart, ends - starts), "label tiny end"),
        svg.text(ends + 6, upper.top - 20, second, "label tiny"),
    )


def _edge(found: Plan, x: float) -> Markup:
    top, bottom = found.places[0].frame.top, found.places[-1].frame.bottom
    return svg.line(x, top - 28, x, bottom, "phase")


def _phase_words(chart: ControlChart, room: float) -> str:
    """What fits between its edges."""
    which = f"the first {chart.baseline} subgroups"
    if chart.skipped:
        which = f"subgroups {chart.skipped + 1} to {chart.baseline}"
    sayings = (f"Phase I: limits from {which}", "Phase I: sets the limits", "Phase I", "")
    return next(words for words in sayings if room > len(words) * 5.4)


def _subgroups(chart: ControlChart, place: Place, y: float) -> Markup:
    """Names of subgroups, and below them their days, where there is room."""
    frame = place.frame
    longest = max((len(name) for name in chart.names[:1000]), default=1)
    step = max(1, math.ceil(chart.count / max(frame.width / max(64, longest * 6.5 + 10), 1)))
    parts = []
    for i in range(0, chart.count, step):
        x = place.x(i)
        parts.append(svg.text(x, y + 16, chart.names[i], "label small num mid"))
        when = chart.times[i] if chart.times else None
        if when:
            parts.append(svg.text(x, y + 29, f"{when.day} {when:%b}", "label tiny mid"))
    return svg.joined([_subgroup(place, y, longest), *parts])


def _subgroup(place: Place, y: float, longest: int) -> Markup:
    """What the names are of: left of them, or below where the first one reaches that far."""
    words = "No." if place.narrow else "Subgroup"
    meets = place.x(0) - longest * 3.6 < len(words) * 5.8
    return svg.text(0, y + (29 if meets else 16), words, "label tiny")


def _legend(chart: ControlChart, top: float, width: float) -> list[Markup]:
    """A line a rule that is broken: its name, what it means, how often."""
    if not chart.broken:
        return [svg.text(0, top + 14, "No rule is broken.", "label")]
    rows = -(-len(chart.broken) // LEGEND_COLUMNS)
    return [
        svg.element(
            "text",
            svg.element("tspan", rule, class_="red-text strong-weight"),
            f"  {chart.rules.get(rule, '')}: {number} {'point' if number == 1 else 'points'}",
            x=place // rows * width / LEGEND_COLUMNS, y=top + 14 + place % rows * LEGEND,
            class_="label rule", xml__space="preserve",
        )
        for place, (rule, number) in enumerate(chart.broken.items())
    ]  # fmt: skip


def label(chart: ControlChart) -> str:
    """The chart in words."""
    first = chart.panels[0]
    broken = ", ".join(
        f"{rule} at {n} {'point' if n == 1 else 'points'}" for rule, n in chart.broken.items()
    )
    center, upper, lower = (
        significant(float(line[-1]), first.step)
        for line in (first.center, first.upper, first.lower)
    )
    return (
        f"{chart.kind} chart of {chart.title}, {chart.count} subgroups: centre {center}, limits "
        f"{lower} to {upper}. {f'Rules broken: {broken}.' if broken else 'No rule is broken.'}"
    )
