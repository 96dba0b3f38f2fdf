"""Pareto charts: categories by weight with their running share, as downtime by its reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from casparian.charts import svg
from casparian.charts.frame import Frame, axis_title, cut_inside, floor, grid, nothing, wrapped
from casparian.charts.scale import (
    Scale,
    count,
    decimals_for,
    fixed,
    hours,
    percent,
    round_up,
    significant,
    step_for,
    ticks,
)
from casparian.charts.svg import Markup

VITAL = 0.8
HOUR = 3600.0


@dataclass(frozen=True)
class Reason:
    """One reason: seconds lost [s], events, and where they happened (shown on hover)."""

    name: str
    seconds: float
    events: int
    note: str = ""


@dataclass(frozen=True)
class Item:
    """One category. hint: shown on hover. rest: stands for all the smaller ones together."""

    name: str
    weight: float
    hint: str = ""
    rest: bool = False


@dataclass(frozen=True)
class Measure:
    """What is weighed. axis: its unit. write: a weight in words. whole: what shares are of."""

    name: str
    axis: str
    write: Callable[[float], str]
    whole: str
    counts: bool = False  # things are counted: no axis in halves


def downtime_pareto(
    reasons: Sequence[Reason], width: float = 1080, height: float = 340, most: int = 12
) -> Markup:
    """Bars of hours lost, largest first, and the line of their running share."""
    items = [
        Item(
            r.name, r.seconds / HOUR, f"in {count(r.events)} stops{f'. {r.note}' if r.note else ''}"
        )
        for r in reasons
    ]
    if not sum(item.weight for item in items) > 0:
        return nothing("No downtime was logged.")
    measure = Measure("Downtime", "hours", lambda v: hours(v * HOUR), "all downtime")
    return pareto(items, measure, width, height, most)


def counted(name: str, axis: str) -> Measure:
    """A measure of things that are counted."""
    return Measure(name, axis, lambda v: f"{count(v)} {axis}", f"all {axis}", counts=True)


def weighed(name: str, axis: str, total: float) -> Measure:
    """A measure of things that come in parts, as money or kilograms."""
    return Measure(name, axis, lambda v: f"{significant(v, total / 10)} {axis}", f"all {axis}")


def pareto(
    items: Sequence[Item], measure: Measure, width: float = 1080, height: float = 340,
    most: int = 12,
) -> Markup:  # fmt: skip
    """Bars of weights, largest first, and the line of their running share.

    The categories that make up the first 80 % stand out. Beyond `most` the rest is one bar.
    """
    total = sum(item.weight for item in items)
    if not total > 0:
        return nothing(f"{measure.name}: there is nothing to rank.")
    shown = _shown(sorted(items, key=lambda r: (-r.weight, r.name)), most)
    slanted = width / len(shown) < 70
    frame = Frame(44, 30, width - 44, height - (92 if slanted else 50))
    top = round_up(max(item.weight for item in shown), 5, measure.counts)
    levels = ticks(0, top, 5, measure.counts)
    decimals = decimals_for(step_for(top, 5, measure.counts))
    y, share = frame.up(0, top), frame.up(0, 1)
    return svg.drawing(
        width,
        height,
        _label(measure, shown, total),
        grid(frame, y, levels, lambda v: fixed(v, decimals)),
        _right_axis(frame, share),
        axis_title(frame, measure.axis),
        axis_title(frame, "running share", right=True),
        *(_bar(frame, y, shown, i, total, slanted, measure) for i in range(len(shown))),
        floor(frame),
        _running(frame, share, shown, total, measure),
    )


def _shown(items: list[Item], most: int) -> list[Item]:
    if len(items) <= most:
        return items
    rest = items[most - 1 :]
    weight = sum(item.weight for item in rest)
    names = ", ".join(item.name for item in rest)
    return [*items[: most - 1], Item(f"{len(rest)} others", weight, names, True)]


def _before(shown: Sequence[Item], index: int) -> float:
    return sum(item.weight for item in shown[:index])


def _bar(
    frame: Frame, y: Scale, shown: Sequence[Item], index: int, total: float, slanted: bool,
    measure: Measure,
) -> Markup:  # fmt: skip
    item, middle = shown[index], frame.slot(index, len(shown))
    wide = min(frame.width / len(shown) * 0.66, 96)
    vital = _before(shown, index) / total < VITAL and not item.rest
    place = y(item.weight)
    share = f"{percent(item.weight / total)} of {measure.whole}"
    told = [
        f"{item.name}: {measure.write(item.weight)}",
        share,
        *([item.hint] if item.hint else []),
    ]
    return svg.group(
        svg.box(
            middle - wide / 2, place, wide, frame.bottom - place,
            "fill-blue" if vital else "fill-grey", ", ".join(told), 2,
        ),
        _name(frame, middle, item.name, len(shown), slanted),
    )  # fmt: skip


def _name(frame: Frame, middle: float, name: str, slots: int, slanted: bool) -> Markup:
    if slanted:
        y = frame.bottom + 14
        turn = f"rotate(-38 {middle + 4:.1f} {y:.1f})"
        return svg.text(middle + 4, y, cut_inside(name, 19), "name small end", transform=turn)
    wide = max(int(frame.width / slots / 6.3), 8)
    rows = wrapped(cut_inside(name, 3 * wide - 6), wide, 3)
    return svg.joined(
        svg.text(middle, frame.bottom + 16 + 13 * i, row, "name small mid")
        for i, row in enumerate(rows)
    )


def _right_axis(frame: Frame, share: Scale) -> Markup:
    marks = [
        svg.text(frame.right + 8, share(v) + 4, percent(v, 0), "label small num")
        for v in (0, 0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    return svg.joined(
        [svg.line(frame.left, share(VITAL), frame.right, share(VITAL), "target"), *marks]
    )


def _running(
    frame: Frame, share: Scale, shown: Sequence[Item], total: float, measure: Measure
) -> Markup:
    places = [(frame.slot(i, len(shown)), _before(shown, i + 1) / total) for i in range(len(shown))]
    marks = [
        svg.group(
            svg.dot(x, share(v), 3.4, "fill-orange"),
            svg.dot(
                x,
                share(v),
                9,
                "hit",
                f"The first {i + 1} together: {percent(v)} of {measure.whole}",
            ),
        )
        for i, (x, v) in enumerate(places)
    ]
    return svg.group(
        svg.polyline([(x, share(v)) for x, v in places], "path thick stroke-orange"), *marks
    )


def _label(measure: Measure, shown: Sequence[Item], total: float) -> str:
    first = ", ".join(f"{item.name} {measure.write(item.weight)}" for item in shown[:3])
    return f"{measure.name} Pareto: {measure.write(total)} in all. Largest: {first}."
