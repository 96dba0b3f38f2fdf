"""Downtime Pareto: reasons by time lost with their running share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from casparian.charts import svg
from casparian.charts.frame import Frame, axis_title, cut, floor, grid, nothing, wrapped
from casparian.charts.scale import Scale, count, fixed, hours, percent, round_up, ticks
from casparian.charts.svg import Markup

VITAL = 0.8


@dataclass(frozen=True)
class Reason:
    """One reason: seconds lost [s], events, and where they happened (shown on hover).

    rest: stands for all the smaller reasons together.
    """

    name: str
    seconds: float
    events: int
    note: str = ""
    rest: bool = False


def downtime_pareto(
    reasons: Sequence[Reason], width: float = 1080, height: float = 340, most: int = 12
) -> Markup:
    """Bars of hours lost, largest first, and the line of their running share.

    The reasons that make up the first 80 % stand out. Beyond `most` the rest is one bar.
    """
    total = sum(reason.seconds for reason in reasons)
    if not total > 0:
        return nothing("No downtime was logged.")
    shown = _shown(sorted(reasons, key=lambda r: (-r.seconds, r.name)), most)
    slanted = width / len(shown) < 70
    frame = Frame(44, 30, width - 44, height - (92 if slanted else 50))
    top = round_up(max(reason.seconds for reason in shown) / 3600, 5)
    y, share = frame.up(0, top), frame.up(0, 1)
    return svg.drawing(
        width,
        height,
        _label(shown, total),
        grid(frame, y, ticks(0, top, 5), lambda v: fixed(v, 0 if top >= 5 else 1)),
        _right_axis(frame, share),
        axis_title(frame, "hours"),
        axis_title(frame, "running share", right=True),
        *(_bar(frame, y, shown, i, total, slanted) for i in range(len(shown))),
        floor(frame),
        _running(frame, share, shown, total),
    )


def _shown(reasons: list[Reason], most: int) -> list[Reason]:
    if len(reasons) <= most:
        return reasons
    rest = reasons[most - 1 :]
    names = ", ".join(reason.name for reason in rest)
    seconds, events = sum(r.seconds for r in rest), sum(r.events for r in rest)
    return [*reasons[: most - 1], Reason(f"{len(rest)} others", seconds, events, names, True)]


def _before(shown: Sequence[Reason], index: int) -> float:
    return sum(reason.seconds for reason in shown[:index])


def _bar(
    frame: Frame, y: Scale, shown: Sequence[Reason], index: int, total: float, slanted: bool
) -> Markup:
    reason, middle = shown[index], frame.slot(index, len(shown))
    wide = min(frame.width / len(shown) * 0.66, 96)
    vital = _before(shown, index) / total < VITAL and not reason.rest
    place = y(reason.seconds / 3600)
    hint = f"{reason.name}: {hours(reason.seconds)} in {count(reason.events)} stops, "
    hint += f"{percent(reason.seconds / total)} of all downtime" + (
        f". {reason.note}" if reason.note else ""
    )
    hue = "fill-blue" if vital else "fill-grey"
    return svg.group(
        svg.box(middle - wide / 2, place, wide, frame.bottom - place, hue, hint, 2),
        _name(frame, middle, reason.name, len(shown), slanted),
    )


def _name(frame: Frame, middle: float, name: str, slots: int, slanted: bool) -> Markup:
    if slanted:
        y = frame.bottom + 14
        turn = f"rotate(-38 {middle + 4:.1f} {y:.1f})"
        return svg.text(middle + 4, y, cut(name, 19), "name small end", transform=turn)
    rows = wrapped(name, max(int(frame.width / slots / 6.3), 8), 3)
    return svg.joined(
        svg.text(middle, frame.bottom + 16 + 13 * i, row, "name small mid")
        for i, row in enumerate(rows)
    )


def _right_axis(frame: Frame, share: Scale) -> Markup:
    marks = [
        svg.text(frame.right + 8, share(v) + 4, f"{v * 100:.0f}%", "label small num")
        for v in (0, 0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    return svg.joined(
        [svg.line(frame.left, share(VITAL), frame.right, share(VITAL), "target"), *marks]
    )


def _running(frame: Frame, share: Scale, shown: Sequence[Reason], total: float) -> Markup:
    places = [(frame.slot(i, len(shown)), _before(shown, i + 1) / total) for i in range(len(shown))]
    marks = [
        svg.group(
            svg.dot(x, share(v), 3.4, "fill-orange"),
            svg.dot(
                x, share(v), 9, "hit", f"The first {i + 1} together: {percent(v)} of all downtime"
            ),
        )
        for i, (x, v) in enumerate(places)
    ]
    return svg.group(
        svg.polyline([(x, share(v)) for x, v in places], "path thick stroke-orange"), *marks
    )


def _label(shown: Sequence[Reason], total: float) -> str:
    first = ", ".join(f"{r.name} {hours(r.seconds)}" for r in shown[:3])
    return f"Downtime Pareto: {hours(total)} lost in all. Largest: {first}."
