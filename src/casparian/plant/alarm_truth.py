"""The right alarm figures, from the rows that the plant wrote, in plain loops.

A position is a line, for the plant's alarms have no area. Days are of UTC. All alarms have a raise,
a clear and a priority, and none is shelved.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_DAY_S, _TEN_S, _MINUTE_S = 86_400, 600, 60


@dataclass(frozen=True)
class Alarm:
    """One occurrence; instants in UTC seconds."""

    line_id: str
    tag: str
    raised: int
    acked: int
    cleared: int
    priority: int
    message: str


def alarm_days_of(found: list[Alarm], last: int) -> list[dict[str, Any]]:
    """One entry a line and UTC day from its first alarm to the day that holds `last`, the last
    change of the plant's journal."""
    lines: dict[str, list[Alarm]] = {}
    for alarm in sorted(found, key=lambda alarm: alarm.raised):
        lines.setdefault(alarm.line_id, []).append(alarm)
    floods = {line_id: _floods([alarm.raised for alarm in mine]) for line_id, mine in lines.items()}
    return [
        _day(line_id, mine, floods[line_id], day)
        for line_id, mine in sorted(lines.items())
        for day in range(mine[0].raised // _DAY_S, last // _DAY_S + 1)
    ]


def _day(line_id: str, mine: list[Alarm], floods: list[int], day: int) -> dict[str, Any]:
    start, end = day * _DAY_S, (day + 1) * _DAY_S
    today = [alarm for alarm in mine if start <= alarm.raised < end]
    restless = [alarm for alarm in today if _chatters(alarm, mine)]
    waits = [alarm.acked - alarm.raised for alarm in mine if start <= alarm.acked < end]
    slots = [0] * (_DAY_S // _TEN_S)
    for alarm in today:
        slots[(alarm.raised - start) // _TEN_S] += 1
    return {
        "position": line_id,
        "day": (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat(),
        "alarms": len(today),
        "peak_10_minutes": max(slots),
        "acceptable_ratio": sum(slot <= 1 for slot in slots) / len(slots),
        "flood_count": sum(start <= begun < end for begun in floods),
        "chattering": len(restless),
        "fleeting": sum(
            alarm.cleared - alarm.raised < _MINUTE_S and alarm not in restless for alarm in today
        ),
        "stale": sum(a.raised < end - _DAY_S and a.cleared > end for a in mine),
        "standing_average": sum(_overlap(alarm, start, end) for alarm in mine) / _DAY_S,
        "priority_1": sum(alarm.priority == 1 for alarm in today),
        "acknowledged": len(waits),
        "ack_mean_s": sum(waits) / len(waits) if waits else None,
    }


def _chatters(alarm: Alarm, mine: list[Alarm]) -> bool:
    """Whether three raises of its tag within less than a minute hold it."""
    near = [other.raised for other in mine if other.tag == alarm.tag]
    return any(
        sum(begin <= at < begin + _MINUTE_S for at in near) >= 3
        for begin in near
        if begin <= alarm.raised < begin + _MINUTE_S
    )


def _floods(raised: list[int]) -> list[int]:
    """First second of each flood: above 10 in 10 minutes, until fewer than 5 are left.

    raised: seconds, in order.
    """
    found: list[int] = []
    over = -1
    for now in raised:
        if now >= over and len(window := _last_ten(raised, now)) > 10:
            found.append(max(window[0], over))
            over = now
            while len(_last_ten(raised, over)) >= 5:
                over += 1
    return found


def _last_ten(raised: list[int], now: int) -> list[int]:
    """What was raised in the ten minutes up to now."""
    return raised[bisect_right(raised, now - _TEN_S) : bisect_right(raised, now)]


def _overlap(alarm: Alarm, start: int, end: int) -> int:
    return max(0, min(alarm.cleared, end) - max(alarm.raised, start))
