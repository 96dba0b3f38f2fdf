"""The alarms of one operator position on a page: their rate, who cries most, and the verdict.

    alarm_chart(found, title="Boiler house")       found: kpi.alarms.Alarms of one position

The figures are those of `kpi.alarms`, the limits those of ISA-18.2 (`kpi.alarms.limits`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from casparian.charts import svg
from casparian.charts.alarm_rate import rate_panel
from casparian.charts.alarm_verdicts import Period, verdicts
from casparian.charts.chart import Chart, chart_of
from casparian.charts.clock import SECOND, instant, moment
from casparian.charts.frame import (
    FACTS_HEIGHT,
    TITLE_HEIGHT,
    Cell,
    Frame,
    cut,
    fact_strip,
    table,
    title_of,
)
from casparian.charts.scale import NONE, count, fixed, percent
from casparian.charts.svg import Markup
from casparian.kpi import alarms as kpi
from casparian.kpi.alarms import limits

ROW = 24
PANEL = 240
MOST_FLOODS = 5  # that are listed
FLOOD_HEADS = ("From", "minutes", "alarms", "most in 10 minutes")
FLOOD_WIDTHS = (236, 90, 90, 140)
MOST_PRIORITIES = 5


def alarm_chart(
    alarms: kpi.Alarms,
    start: int | None = None,
    end: int | None = None,
    title: str = "Alarms",
    messages: Mapping[str, str] | None = None,
    most: int = limits.TOP,
    width: float = 1080,
) -> Chart:
    """Occurrences of one operator position over [start, end) [us]; in whole 10 minutes from the
    first raise to the last where these are left out.

    messages: what an alarm says, by its name. most: bad actors that are listed.
    Raises ValueError where nothing was annunciated in the period, and for several positions.
    """
    if len(np.unique(alarms.position)) > 1:
        raise ValueError("alarm rates are judged by operator position: choose one of them")
    seen = alarms.raised[alarms.annunciated]
    if not len(seen):
        raise ValueError(f"{title}: no alarm was raised")
    begin = int(seen.min()) // limits.TEN_MINUTES_US * limits.TEN_MINUTES_US
    stop = (int(seen.max()) // limits.TEN_MINUTES_US + 1) * limits.TEN_MINUTES_US
    found = _period(
        alarms, begin if start is None else start, stop if end is None else end, most, title
    )
    drawn = _drawn(title, found, messages or {}, width)
    return chart_of(f"{title}: alarms", drawn, _figures(title, found, messages or {}))


def _period(alarms: kpi.Alarms, start: int, end: int, most: int, title: str) -> Period:
    position = int(alarms.position[0])
    figures = kpi.performance(alarms, start, end)
    by_ten = kpi.counts(alarms, start, end, limits.TEN_MINUTES_US)[position]
    if not by_ten.sum():
        raise ValueError(f"{title}: no alarm was raised from {moment(start)} to {moment(end)} UTC")
    inside = alarms.take((alarms.raised >= start) & (alarms.raised < end) & alarms.annunciated)
    restless = kpi.chattering(alarms) & (alarms.raised >= start) & (alarms.raised < end)
    by_name = np.bincount(alarms.name[restless], minlength=len(alarms.names))
    actors = kpi.bad_actors(inside, most)
    used = {int(rank) for rank in np.unique(inside.priority[inside.priority > 0])}
    ranks = (1, 2, 3) if used <= {1, 2, 3} else tuple(sorted(used))[:MOST_PRIORITIES]
    return Period(
        position, start, end, by_ten, _touching(kpi.floods(alarms), start, end), figures, actors,
        tuple(int(by_name[alarms.names.index(name)]) for name in actors.name),
        kpi.priority_mix(inside, ranks),
    )  # fmt: skip


def _touching(found: kpi.Floods, start: int, end: int) -> kpi.Floods:
    rows = (found.end > start) & (found.start < end)
    return kpi.Floods(
        *(getattr(found, name)[rows] for name in ("position", "start", "end", "alarms", "peak"))
    )


def _drawn(title: str, found: Period, messages: Mapping[str, str], width: float) -> Markup:
    top = TITLE_HEIGHT + FACTS_HEIGHT + 40
    rate = Frame(44, top, width - 92, top + PANEL)
    under = rate.bottom + 66
    split = width - 430
    actors = _actors(Frame(0, under, split, under), found, messages)
    judged = verdicts(found)
    tall = max(len(found.actors.name) * ROW + 10, (len(judged) + 1) * 20)
    floods = _flood_rows(found)
    listed = under + tall + 56
    return svg.drawing(
        width, listed + (len(floods) * 20 + 24 if floods else -32), _label(title, found),
        title_of(title, f"Alarm performance of an operator position (ISA-18.2), {_span(found)}"),
        fact_strip(_facts(found), TITLE_HEIGHT, width),
        rate_panel(rate, found.by_ten, found.start, found.floods),
        svg.text(0, under - 22, "Most frequent alarms", "strong"),
        actors,
        svg.text(split + 44, under - 22, "Against the recommendation", "strong"),
        table(split + 44, under - 2, (150, 70, 96, 70), ("", "found", "ISA-18.2", ""), judged),
        *(
            [svg.text(0, listed - 22, f"The {len(floods)} largest floods", "strong"),
             table(0, listed - 2, FLOOD_WIDTHS, FLOOD_HEADS, floods)]
            if floods else []
        ),
    )  # fmt: skip


def _flood_rows(found: Period) -> list[list[Cell]]:
    """Floods by how many alarms came in them."""
    floods = found.floods
    order = np.lexsort((floods.start, -floods.alarms))[:MOST_FLOODS].tolist()
    return [
        [
            Cell(f"{moment(int(floods.start[i]))} UTC", "name num"),
            Cell(fixed((floods.end[i] - floods.start[i]) / SECOND / 60, 0)),
            Cell(count(int(floods.alarms[i])), "strong num end"),
            Cell(count(int(floods.peak[i]))),
        ]
        for i in order
    ]


def _span(found: Period) -> str:
    return f"{moment(found.start)} to {moment(found.end)} UTC"


def _facts(found: Period) -> tuple[tuple[str, str], ...]:
    it, p = found.figures, found.place
    ack = float(it.ack_mean_s[p])
    return (
        ("Alarms", count(int(it.rates.alarms[p]))),
        ("Hours", fixed((found.end - found.start) / SECOND / 3600, 1)),
        ("Floods", count(int(it.flood_count[p]))),
        ("Alarms in floods", count(int(it.flood_alarms[p]))),
        ("Fleeting", count(int(it.fleeting[p]))),
        ("Standing, mean", fixed(float(it.standing.average[p]), 1)),
        ("Standing, most", count(int(it.standing.peak[p]))),
        ("Until acknowledged", NONE if math.isnan(ack) else f"{fixed(ack, 0)} s"),
        ("Shelved at raise", count(int(it.hidden[p]))),
    )


def _actors(frame: Frame, found: Period, messages: Mapping[str, str]) -> Markup:
    """Bars that lie flat: count, share, running share; the part that chattered is hatched."""
    actors = found.actors
    left, right = frame.left + 236, frame.right - 176
    most = float(actors.alarms.max())
    heads = (
        ("alarms", frame.right - 128), ("share", frame.right - 64), ("running", frame.right),
    )  # fmt: skip
    parts = [svg.text(x, frame.top - 2, words, "label tiny end") for words, x in heads]
    parts.append(svg.box(left, frame.top - 10, 9, 9, "fill-purple", "", 2))
    parts.append(svg.text(left + 14, frame.top - 2, "of them chattering", "label tiny"))
    for i, name in enumerate(actors.name):
        y = frame.top + 10 + i * ROW
        long = (right - left) * float(actors.alarms[i]) / most
        shaken = long * found.chattering[i] / float(actors.alarms[i])
        said = messages.get(name, "")
        told = f"{name}{f' ({said})' if said else ''}: {count(int(actors.alarms[i]))} alarms"
        told += f", {found.chattering[i]} of them chattering" * bool(found.chattering[i])
        parts += [
            svg.text(frame.left, y + 11, cut(f"{name}  {said}".strip(), 38), "name small"),
            svg.box(left, y, long, 14, "fill-blue soft-fill", "", 2),
            svg.box(left, y, shaken, 14, "fill-purple", "", 2),
            *_shares(actors, i, y + 11, [x for _, x in heads]),
            svg.box(frame.left, y - 4, frame.width, ROW - 2, "hit", told),
        ]  # fmt: skip
    return svg.group(*parts)


def _shares(actors: kpi.BadActors, i: int, y: float, ends: list[float]) -> list[Markup]:
    """Count, share and running share of one alarm."""
    figures = (
        count(int(actors.alarms[i])),
        percent(float(actors.share_ratio[i])),
        percent(float(actors.cumulative_ratio[i])),
    )
    inks = ("strong", "label", "label")
    return [
        svg.text(x, y, figure, f"{ink} small num end")
        for x, figure, ink in zip(ends, figures, inks, strict=True)
    ]


def _figures(title: str, found: Period, messages: Mapping[str, str]) -> dict[str, Any]:
    it, p = found.figures, found.place
    names = (
        "flood_count", "flood_alarms", "flood_peak", "flood_s", "flood_ratio", "chattering",
        "fleeting", "stale", "hidden", "without_raise", "acknowledged", "ack_mean_s",
    )  # fmt: skip
    rates = ("alarms", "a_10_minutes", "an_hour", "a_day", "peak_10_minutes", "peak_hour",
             "peak_day")  # fmt: skip
    return {
        "title": title, "from": instant(found.start), "to": instant(found.end),
        **{name: _plain(getattr(it.rates, name)[p]) for name in rates},
        **{name: _plain(getattr(it, name)[p]) for name in names},
        "bands": {
            name: float(share)
            for (name, _), share in zip(limits.BANDS, it.rates.band_ratio[p], strict=True)
        },
        "standing_average": float(it.standing.average[p]),
        "standing_peak": int(it.standing.peak[p]),
        "bad_actors": [
            {"alarm": name, "message": messages.get(name, ""), "alarms": int(number),
             "share_ratio": float(share), "cumulative_ratio": float(running),
             "chattering": shaken}
            for name, number, share, running, shaken in zip(
                found.actors.name, found.actors.alarms, found.actors.share_ratio,
                found.actors.cumulative_ratio, found.chattering, strict=True)
        ],
        "floods": [
            {"start": instant(int(start)), "end": instant(int(end)), "alarms": int(number),
             "peak": int(peak)}
            for start, end, number, peak in zip(
                found.floods.start, found.floods.end, found.floods.alarms, found.floods.peak,
                strict=True)
        ],
        "alarms_in_10_minutes": found.by_ten.tolist(),
    }  # fmt: skip


def _plain(value: Any) -> int | float | None:
    """A figure of numpy as JSON has it."""
    number = value.item()
    return None if isinstance(number, float) and math.isnan(number) else number


def _label(title: str, found: Period) -> str:
    it, p = found.figures, found.place
    return (
        f"Alarms of {title}, {_span(found)}: {count(int(it.rates.alarms[p]))}, most "
        f"{count(int(it.rates.peak_10_minutes[p]))} in 10 minutes, "
        f"{count(int(it.flood_count[p]))} floods ({percent(float(it.flood_ratio[p]))} of the "
        f"time). Most frequent: {found.actors.name[0]} {count(int(found.actors.alarms[0]))}."
    )
