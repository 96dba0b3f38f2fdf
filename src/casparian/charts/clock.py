"""An axis of time: round instants in UTC and how they are written."""

from __future__ import annotations

from datetime import UTC, datetime

from casparian.charts import svg
from casparian.charts.frame import Frame
from casparian.charts.scale import Scale
from casparian.charts.svg import Markup

SECOND = 1_000_000
DAY = 86_400
STEPS = (
    60, 300, 600, 1800, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, DAY, 2 * DAY, 7 * DAY,
    14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY,
)  # fmt: skip
ROOM = 74  # pixels of a label


def instant(us: float) -> datetime:
    """An instant [us] as people and libraries know it."""
    return datetime.fromtimestamp(us / SECOND, UTC)


def moment(us: float) -> str:
    return f"{instant(us):%Y-%m-%d %H:%M}"


def time_axis(frame: Frame, x: Scale) -> Markup:
    """Round instants below the frame; a new day carries its date."""
    step = step_of(x.high - x.low, frame.width)
    first = -(-int(x.low) // step) * step
    parts = []
    for us in range(first, int(x.high) + 1, step):
        left = x(us)
        parts.append(svg.line(left, frame.bottom, left, frame.bottom + 4, "axis"))
        class_ = "name small num mid" if _at_midnight(us) else "label small num mid"
        parts.append(svg.text(left, frame.bottom + 17, written(us, step), class_))
    return svg.group(*parts)


def step_of(span_us: float, width: float) -> int:
    """The least round step [us] whose labels do not touch."""
    most = max(int(width / ROOM), 1)
    wanted = span_us / SECOND / most
    return next((step for step in STEPS if step >= wanted), STEPS[-1] * 10) * SECOND


def written(us: int, step: int) -> str:
    """The time of day, or the day where the step is one or more; the year from a month on."""
    when = instant(us)
    if step < DAY * SECOND and not _at_midnight(us):
        return f"{when:%H:%M}"
    return f"{when:%b %Y}" if step >= 30 * DAY * SECOND else f"{when.day} {when:%b}"


def _at_midnight(us: int) -> bool:
    return us % (DAY * SECOND) == 0
