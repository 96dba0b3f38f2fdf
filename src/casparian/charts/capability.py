"""A capability study: histogram against the limits, probability plot, indices and ppm.

    capability_chart(values, lsl=9.9, usl=10.1, size=5)

The indices are those of `kpi.capability`; the drawing adds nothing to them.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from casparian.charts import histogram, probability, svg
from casparian.charts.chart import Chart, chart_of
from casparian.charts.frame import (
    FACTS_HEIGHT,
    TITLE_HEIGHT,
    Cell,
    Frame,
    fact_strip,
    table,
    title_of,
    wrapped,
)
from casparian.charts.scale import NONE, count, fixed, significant
from casparian.charts.svg import Markup
from casparian.kpi.capability import Capability, capability
from casparian.kpi.capability.nonnormal import Percentiles, by_percentiles
from casparian.kpi.factors import FloatArray

INDICES = (
    ("cp", "Cp"), ("cpk", "Cpk"), ("cpl", "Cpk lower"), ("cpu", "Cpk upper"),
    ("pp", "Pp"), ("ppk", "Ppk"), ("ppl", "Ppk lower"), ("ppu", "Ppk upper"), ("cpm", "Cpm"),
    ("z_within", "Z within"), ("z_overall", "Z overall"),
)  # fmt: skip
METHODS = {
    "range": "mean range / d2", "s": "mean s / c4", "pooled": "pooled s",
    "moving_range": "moving range / d2",
}  # fmt: skip
NOTE = 48  # letters of a line of the notes
PPM_LEAST = 1e-4  # below that a figure says only that it is small
NORMAL_FROM = 0.05  # p of the test of normality


def capability_chart(
    values: ArrayLike,
    lsl: float | None = None,
    usl: float | None = None,
    target: float | None = None,
    subgroup: ArrayLike | None = None,
    size: int | None = None,
    distribution: str = "normal",
    title: str = "Measurements",
    unit: str = "",
    width: float = 1080,
) -> Chart:
    """Capability of single measurements (m,) in the order in which they were taken.

    lsl, usl: specification limits, None where that side is open. subgroup: (m,) labels; or size:
    so many in a row are one subgroup; individuals without either. NaN is left out.
    distribution: normal, or one whose percentiles give Pp and Ppk (ISO 22514-2).
    Raises ValueError where there is no value, no limit, or limits the wrong way round.
    """
    x = np.asarray(values, dtype=np.float64)
    if lsl is None and usl is None:
        raise ValueError(f"{title} has no specification limit: give --lsl, --usl or both")
    labels = None if subgroup is None else np.unique(np.asarray(subgroup), return_inverse=True)[1]
    if labels is None and size is not None and size > 1:
        labels = np.arange(len(x)) // size
    known = x[~np.isnan(x)]
    if not len(known):
        raise ValueError(f"there is no value of {title} to chart")
    found = capability(x, lsl, usl, target=target, labels=labels)
    fitted = by_percentiles(known, lsl, usl, distribution) if distribution != "normal" else None
    limits = histogram.Limits(lsl, usl, target)
    name = f"{title} [{unit}]" if unit else title
    drawn = _drawn(name, known, limits, found, fitted, width)
    figures = {"title": title, "lsl": lsl, "usl": usl, "target": target, **_figures(found)}
    if fitted is not None:
        figures["percentiles"] = dataclasses.asdict(fitted)
    return chart_of(f"{title}: capability", drawn, figures)


def _figures(found: Capability) -> dict[str, Any]:
    return {**dataclasses.asdict(found), "stable": found.stable}


def _drawn(
    title: str,
    values: FloatArray,
    limits: histogram.Limits,
    found: Capability,
    fitted: Percentiles | None,
    width: float,
) -> Markup:
    head = TITLE_HEIGHT + FACTS_HEIGHT
    split = width - 400
    chart = Frame(44, head + 40, split, head + 330)
    plot = Frame(44, chart.bottom + 92, split, chart.bottom + 340)
    side = split + 44
    said = [row for line in _notes(found, fitted) for row in wrapped(line, NOTE, 3)]
    rows = _index_rows(found) + _percentile_rows(fitted)
    ppm = _ppm_rows(found, fitted)
    under = head + 24 + (len(rows) + 1) * 20 + 34
    notes = under + (len(ppm) + 1) * 20 + 34
    tall = max(plot.bottom + 40, notes + len(said) * 16 + 20)
    level = f"{found.level * 100:g} % interval"
    return svg.drawing(
        width, tall, _label(title, found),
        title_of(title, "Process capability"),
        fact_strip(_facts(found, limits), TITLE_HEIGHT, width),
        histogram.histogram(chart, values, limits, found, fitted),
        probability.probability_plot(plot, values, found.normality),
        table(side, head + 24, (130, 90, 136), ("Index", "", level), rows),
        table(side, under, (130, 75, 75, 76), ("ppm", "below", "above", "total"), ppm),
        *(svg.text(side, notes + i * 16, line, "label") for i, line in enumerate(said)),
    )  # fmt: skip


def _facts(found: Capability, limits: histogram.Limits) -> tuple[tuple[str, str], ...]:
    spread = found.sigma_overall or 0.0
    written = [
        (name, significant(value, spread / 10))
        for name, value in (("LSL", limits.lsl), ("Target", limits.target), ("USL", limits.usl))
        if value is not None
    ]
    stable = {None: "not judged", True: "yes", False: "no"}[found.stable]
    return (
        ("Values", count(found.n)),
        ("Subgroups", count(found.subgroups)),
        *written,
        ("Mean", _or_none(found.mean, spread)),
        ("Sigma within", _or_none(found.sigma_within, spread / 10)),
        ("Sigma overall", _or_none(found.sigma_overall, spread / 10)),
        ("Stable", stable),
    )


def _or_none(value: float | None, spread: float) -> str:
    return NONE if value is None else significant(value, spread / 10)


def _index_rows(found: Capability) -> list[list[Cell]]:
    rows = []
    for key, name in INDICES:
        value = getattr(found, key)
        if value is None:
            continue
        low, high = found.intervals.get(key, (None, None))
        interval = f"{_figure(low)} … {_figure(high)}" if key in found.intervals else ""
        strong = "strong num end" if key in ("cp", "cpk", "pp", "ppk") else "label num end"
        rows.append([Cell(name, "name"), Cell(_figure(value), strong), Cell(interval)])
    return rows


def _percentile_rows(fitted: Percentiles | None) -> list[list[Cell]]:
    """Pp and Ppk by the percentiles of the fitted distribution."""
    if fitted is None:
        return []
    return [
        [
            Cell(f"{name} {fitted.distribution}", "name"),
            Cell(_figure(v), "strong num end"),
            Cell(""),
        ]
        for name, v in (("Pp", fitted.pp), ("Ppk", fitted.ppk))
    ]


def _figure(value: float | None) -> str:
    return NONE if value is None or not math.isfinite(value) else fixed(value, 2)


def _ppm_rows(found: Capability, fitted: Percentiles | None) -> list[list[Cell]]:
    kinds = (
        ("Expected within", found.ppm_within), ("Expected overall", found.ppm_overall),
        *([(f"Expected {fitted.distribution}", fitted.ppm_expected)] if fitted else []),
        ("Observed", found.ppm_observed),
    )  # fmt: skip
    return [
        [Cell(name, "name"), *(Cell(_ppm(v)) for v in (ppm.below, ppm.above, ppm.total))]
        for name, ppm in kinds
    ]


def _ppm(value: float | None) -> str:
    if value is None:
        return NONE
    if 0 < value < PPM_LEAST:
        return f"< {PPM_LEAST:.4f}"
    return count(value) if value >= 10 or value == 0 else fixed(value, 2 if value >= 0.01 else 4)


def _notes(found: Capability, fitted: Percentiles | None) -> list[str]:
    """What a reader must know before he believes the indices."""
    said = [f"Sigma within by {METHODS.get(found.method, found.method)}; {found.distribution}."]
    if found.rules:
        said.append(f"Not stable: the control chart breaks {', '.join(found.rules)}.")
        said.append("Indices describe the past and promise nothing.")
    p = found.normality.p_value
    if p is not None and p < NORMAL_FROM:
        said.append("Not normal: figures that suppose it mislead.")
    if fitted is not None:
        said += [f"{words.capitalize()}." for words in fitted.missing if words not in found.missing]
    said += [f"{sentence.capitalize()}." for sentence in found.missing]
    if found.left_out:
        said.append(f"{found.left_out} missing values left out.")
    return said


def _label(title: str, found: Capability) -> str:
    told = ", ".join(
        f"{name} {_figure(getattr(found, key))}" for key, name in INDICES[:6]
        if getattr(found, key) is not None
    )  # fmt: skip
    stable = {None: "", True: " The process is stable.", False: " The process is not stable."}
    return (
        f"Capability of {title} from {found.n} values: {told or 'no index'}.{stable[found.stable]}"
    )
