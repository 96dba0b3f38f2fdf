"""An alarm system's figures of a period, each beside what ISA-18.2 recommends."""

from __future__ import annotations

import math
from dataclasses import dataclass

from casparian.charts.frame import Cell
from casparian.charts.scale import NONE, count, fixed, percent
from casparian.kpi import alarms as kpi
from casparian.kpi.alarms import limits
from casparian.kpi.intervals import IntArray

MET, NOT_MET, NEARLY = "✓ met", "✗ not met", "~ manageable"
INKS = {MET: "green-text", NOT_MET: "red-text", NEARLY: "label"}


@dataclass(frozen=True)
class Period:
    """What is looked at: [start, end) [us], and its figures. place: the position's in them."""

    place: int
    start: int
    end: int
    by_ten: IntArray
    floods: kpi.Floods
    figures: kpi.Performance
    actors: kpi.BadActors
    chattering: tuple[int, ...]
    mix: kpi.Priorities


def verdicts(found: Period) -> list[list[Cell]]:
    """Each figure beside what is recommended, and whether it is met."""
    it, p = found.figures, found.place
    a_day, ten = float(it.rates.a_day[p]), float(it.rates.a_10_minutes[p])
    peak, busy = int(it.rates.peak_10_minutes[p]), float(it.rates.band_ratio[p, -1])
    top = float(found.actors.cumulative_ratio[: limits.TOP][-1])
    rows: list[tuple[str, str, str, str]] = [
        ("Alarms a day", fixed(a_day, 0), f"≤ {limits.ACCEPTABLE_A_DAY}",
         _graded(a_day, limits.ACCEPTABLE_A_DAY, limits.MANAGEABLE_A_DAY)),
        ("In 10 minutes, mean", fixed(ten, 2), "≤ 1", _graded(ten, 1.0, 2.0)),
        ("In 10 minutes, most", count(peak), f"≤ {limits.FLOOD_ABOVE}",
         _judged(peak <= limits.FLOOD_ABOVE)),
        (f"Time above {limits.FLOOD_ABOVE} in 10 min", percent(busy, 2), "< 1 %",
         _judged(busy < limits.FLOOD_RATIO)),
        ("Time in flood", percent(float(it.flood_ratio[p]), 2), "< 1 %",
         _judged(bool(it.flood_ratio[p] < limits.FLOOD_RATIO))),
        (f"Share of the top {limits.TOP}", percent(top), "≤ 5 %",
         _judged(top <= limits.TOP_RATIO)),
        ("Chattering", count(int(it.chattering[p])), "0", _judged(not it.chattering[p])),
        ("Stale at the end", count(int(it.stale[p])), f"< {limits.STALE_COUNT}",
         _judged(bool(it.stale[p] < limits.STALE_COUNT))),
        *_mix_rows(found.mix),
    ]  # fmt: skip
    return [
        [Cell(name, "name"), Cell(value, "strong num end"), Cell(asked),
         Cell(verdict, f"{INKS.get(verdict, 'label')} small end")]
        for name, value, asked, verdict in rows
    ]  # fmt: skip


def _mix_rows(mix: kpi.Priorities) -> list[tuple[str, str, str, str]]:
    """The shares of priorities. They are a guide, so nothing is judged."""
    told = [
        (f"Priority {rank}", percent(float(share)),
         NONE if math.isnan(asked) else f"about {percent(float(asked), 0)}", "")
        for rank, share, asked in zip(mix.priority, mix.share_ratio, mix.recommended, strict=True)
        if not math.isnan(share)
    ]  # fmt: skip
    return [*told, ("Without a priority", count(mix.not_given), "0", "")] if mix.not_given else told


def _judged(met: bool) -> str:
    return MET if met else NOT_MET


def _graded(value: float, good: float, most: float) -> str:
    """Met, manageable, or not met."""
    return MET if value <= good else NEARLY if value <= most else NOT_MET
