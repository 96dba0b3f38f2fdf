"""OEE of a line or machine on one page: by day or shift, its losses, and machines by day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from casparian.charts import svg
from casparian.charts.chart import Chart, chart_of
from casparian.charts.days import factor_bars, heat_map
from casparian.charts.frame import FACTS_HEIGHT, TITLE_HEIGHT, Frame, fact_strip, title_of
from casparian.charts.scale import NONE, count, hours, percent
from casparian.charts.svg import Drawing, Markup
from casparian.charts.waterfall import Waterfall, oee_waterfall
from casparian.kpi import oee

RATIOS = ("availability", "effectiveness", "quality", "oee")
ELEMENTS = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
MOST_MACHINES = 20


def oee_chart(
    names: Sequence[str],
    elements: oee.Elements,
    machines: Mapping[str, tuple[Sequence[str], oee.Elements]] | None = None,
    title: str = "OEE",
    missing: Sequence[str] = (),
    width: float = 1080,
) -> Chart:
    """Time elements of n days or shifts in order, called `names`; the ratios come from them.

    machines: for each the days it has and its elements, for the heat map. missing: a sentence for
    each day. Raises ValueError where there is no day.
    """
    if not names:
        raise ValueError(f"{title}: there is no day to draw")
    ratios = oee.ratios(elements, missing)
    _, total = oee.add_up(elements, np.zeros(len(elements)))
    whole = oee.single(oee.ratios(total))
    drawn = _drawn(title, names, elements, total, ratios, whole, machines or {}, width)
    return chart_of(f"{title}: OEE", drawn, _figures(title, names, elements, ratios, whole))


def _drawn(
    title: str, names: Sequence[str], elements: oee.Elements, total: oee.Elements,
    ratios: oee.Ratios, whole: oee.Oee,
    machines: Mapping[str, tuple[Sequence[str], oee.Elements]], width: float,
) -> Markup:  # fmt: skip
    top = TITLE_HEIGHT + FACTS_HEIGHT + 40
    bars = Frame(44, top, width, top + 230)
    under = bars.bottom + 62
    shown = sorted(machines)[:MOST_MACHINES]
    tall = max(240.0, len(shown) * 26 + 26)
    falls = _waterfall(title, total)
    map_frame = Frame(540, under + 12, width, under + tall - 14)
    return svg.drawing(
        width, under + tall + 16, _label(title, names, whole),
        title_of(title, "Overall equipment effectiveness (ISO 22400-2)"),
        fact_strip(_facts(names, total, whole), TITLE_HEIGHT, width),
        factor_bars(bars, names, ratios),
        svg.text(0, under - 14, "Where planned time went", "strong"),
        svg.placed(0, under, falls.inner if isinstance(falls, Drawing) else svg.joined([])),
        *(_map(map_frame, names, shown, machines) if shown else ()),
    )  # fmt: skip


def _waterfall(title: str, total: oee.Elements) -> Markup:
    lost = oee.losses(total)
    figures = (
        total.pbt_s, lost.availability_s, lost.performance_s, lost.quality_s, lost.effective_s
    )  # fmt: skip
    if any(math.isnan(float(figure[0])) for figure in figures):
        return svg.joined([])
    return oee_waterfall(Waterfall(title, *(float(figure[0]) for figure in figures)), 400)


def _map(
    frame: Frame, names: Sequence[str], shown: Sequence[str],
    machines: Mapping[str, tuple[Sequence[str], oee.Elements]],
) -> tuple[Markup, Markup]:  # fmt: skip
    values = np.full((len(shown), len(names)), np.nan)
    place = {name: i for i, name in enumerate(names)}
    for row, machine in enumerate(shown):
        days, elements = machines[machine]
        for day, value in zip(days, oee.ratios(elements).oee.tolist(), strict=True):
            if day in place:
                values[row, place[day]] = value
    part = f", {len(shown)} of {len(machines)}" if len(shown) < len(machines) else ""
    head = svg.text(frame.left - 100, frame.top - 26, f"OEE by machine [%]{part}", "strong")
    return head, heat_map(frame, shown, names, values)


def _facts(
    names: Sequence[str], total: oee.Elements, whole: oee.Oee
) -> tuple[tuple[str, str], ...]:
    return (
        ("From", names[0]),
        ("To", names[-1]),
        ("OEE", _ratio(whole.oee)),
        ("Availability", _ratio(whole.availability)),
        ("Effectiveness", _ratio(whole.effectiveness)),
        ("Quality", _ratio(whole.quality)),
        ("Planned busy", hours(float(total.pbt_s[0]))),
        ("Producing", hours(float(total.apt_s[0]))),
        ("Good of produced", f"{count(float(total.gq[0]))} of {count(float(total.pq[0]))}"),
    )


def _ratio(value: float | None) -> str:
    return NONE if value is None else percent(value)


def _figures(
    title: str, names: Sequence[str], elements: oee.Elements, ratios: oee.Ratios, whole: oee.Oee
) -> dict[str, Any]:
    days = [
        {"name": name}
        | {key: _known(float(getattr(elements, key)[i])) for key in ELEMENTS}
        | {f"{key}_ratio": _known(float(getattr(ratios, key)[i])) for key in RATIOS}
        | {"missing": ratios.missing[i]}
        for i, name in enumerate(names)
    ]
    total = {f"{key}_ratio": getattr(whole, key) for key in RATIOS}
    return {"title": title, **total, "missing": list(whole.missing), "days": days}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _label(title: str, names: Sequence[str], whole: oee.Oee) -> str:
    return (
        f"OEE of {title} from {names[0]} to {names[-1]}: {_ratio(whole.oee)} of availability "
        f"{_ratio(whole.availability)}, effectiveness {_ratio(whole.effectiveness)} and quality "
        f"{_ratio(whole.quality)}."
    )
