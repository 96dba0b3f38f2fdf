"""The panels of a gage study: what each appraiser measured on each part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from casparian.charts import svg
from casparian.charts.frame import Frame, cut_front, cut_inside, floor, grid
from casparian.charts.scale import Scale, decimals_for, fixed, significant, spread, step_for
from casparian.charts.svg import Markup
from casparian.charts.theme import HUES
from casparian.kpi import msa
from casparian.kpi.factors import FloatArray, chart_factors
from casparian.kpi.spc import subgroups_in_rows, variables_limits

LABEL = "name small mid"


def by_part(frame: Frame, study: msa.Crossed) -> Markup:
    """Every value over its part, and the line of the parts' means."""
    columns = study.values.reshape(len(study.parts), -1)
    return _dots(frame, "Measurements by part", study.parts, columns)


def by_appraiser(frame: Frame, study: msa.Crossed) -> Markup:
    """Every value over who measured it, and the line of the appraisers' means."""
    columns = study.values.transpose(1, 0, 2).reshape(len(study.appraisers), -1)
    return _dots(frame, "Measurements by appraiser", study.appraisers, columns)


def _dots(frame: Frame, title: str, names: Sequence[str], columns: FloatArray) -> Markup:
    y = _around(frame, columns)
    places = [
        (frame.slot(i, len(names)), y(v)) for i, row in enumerate(columns) for v in row.tolist()
    ]
    means = columns.mean(axis=1)
    line = [(frame.slot(i, len(names)), y(float(m))) for i, m in enumerate(means)]
    step = (y.high - y.low) / 60
    hints = [f"{n}: mean {significant(m, step)}" for n, m in zip(names, means, strict=True)]
    return svg.group(
        _head(frame, title, y),
        svg.specks(places, "ring little"),
        svg.specks(places, "core little"),
        svg.polyline(line, "path stroke-orange"),
        *(
            svg.box(x - 4, level - 4, 8, 8, "fill-orange", hint)
            for (x, level), hint in zip(line, hints, strict=True)
        ),
        _names(frame, names),
    )  # fmt: skip


def interaction(frame: Frame, study: msa.Crossed) -> Markup:
    """Means of the parts, a line an appraiser: parallel lines mean no interaction."""
    means = study.values.mean(axis=2)
    y = _around(frame, means)
    room = Frame(frame.left, frame.top, frame.right - 60, frame.bottom)
    ends = spread([y(float(v)) for v in means[-1]], 13, frame.top + 4, frame.bottom)
    parts = []
    for who, name in enumerate(study.appraisers):
        hue = HUES[who % len(HUES)]
        line = [(room.slot(i, len(study.parts)), y(float(v))) for i, v in enumerate(means[:, who])]
        marks = [
            svg.box(x - 3, level - 3, 6, 6, f"fill-{hue}", f"{name}, part {part}: mean {value:.6g}")
            for (x, level), part, value in zip(line, study.parts, means[:, who], strict=True)
        ]
        parts.append(svg.polyline(line, f"path stroke-{hue}{_dash(who)}"))
        parts += [
            *marks,
            svg.text(room.right, ends[who] + 4, cut_inside(name, 10, 4), f"ink-{hue} small"),
        ]
    return svg.group(_head(room, "Part × appraiser", y), *parts, _names(room, study.parts))


def ranges(frame: Frame, study: msa.Crossed) -> Markup:
    """R chart of the trials, appraiser beside appraiser."""
    if study.values.shape[2] < 2:
        return _without(frame, "R chart by appraiser")
    cells = study.values.transpose(1, 0, 2)
    values = np.ptp(cells, axis=2).ravel()
    factors = chart_factors(study.values.shape[2])
    center = float(values.mean())
    limits = (center, center * factors.upper_range, center * factors.lower_range)
    return _chart(frame, "R chart by appraiser", study, values, limits, floor_=0.0)


def means(frame: Frame, study: msa.Crossed) -> Markup:
    """X-bar chart of the trials. Most points should lie outside: the gage tells parts apart."""
    cells = study.values.transpose(1, 0, 2)
    values = cells.mean(axis=2).ravel()
    if study.values.shape[2] < 2:
        return _without(frame, "X\N{COMBINING MACRON} chart by appraiser")
    center = float(values.mean())
    rows = study.values.reshape(-1, study.values.shape[2])
    sigma = float(variables_limits(subgroups_in_rows(list(rows)), "xbar_r", len(rows)).sigma[0])
    reach = 3 * sigma / float(np.sqrt(rows.shape[1]))
    limits = (center, center + reach, center - reach)
    return _chart(frame, "X\N{COMBINING MACRON} chart by appraiser", study, values, limits)


def _without(frame: Frame, title: str) -> Markup:
    """In place of a chart of ranges: one measurement has none."""
    return svg.group(
        svg.text(frame.left - 44, frame.top - 14, title, "strong"),
        svg.text(frame.left, frame.top + 20, "Needs two trials or more.", "label"),
    )


def _chart(
    frame: Frame, title: str, study: msa.Crossed, values: FloatArray,
    limits: tuple[float, float, float], floor_: float | None = None,
) -> Markup:  # fmt: skip
    room = Frame(frame.left, frame.top, frame.right - 60, frame.bottom)
    y = _around(room, np.concatenate([values, limits]), floor_)
    wide, each = room.width / len(study.appraisers), len(study.parts)
    parts = [_head(room, title, y)]
    labels = spread([y(v) for v in limits], 12, frame.top, frame.bottom)
    lines = (("center", "green-text"), ("limit", "red-text"), ("limit", "red-text"))
    for (kind, ink), value, label in zip(lines, limits, labels, strict=True):
        if value == floor_:
            continue
        words = significant(value, (y.high - y.low) / 100)
        parts.append(svg.line(room.left, y(value), room.right, y(value), kind))
        parts.append(svg.text(room.right + 6, label + 4, words, f"label {ink} small num"))
    for who, name in enumerate(study.appraisers):
        left = room.left + who * wide
        own = values[who * each : (who + 1) * each].tolist()
        inner = Frame(left, room.top, left + wide, room.bottom)
        line = [(inner.slot(i, each), y(v)) for i, v in enumerate(own)]
        parts.append(svg.polyline(line, "path"))
        for (x, level), value, part in zip(line, own, study.parts, strict=True):
            beyond = value > limits[1] or value < limits[2]
            hint = f"{name}, part {part}: {value:.6g}"
            # on the chart of means beyond is what is wanted: marked, but not as a fault
            mark = "out" if beyond and floor_ is not None else "fill-blue"
            parts.append(svg.dot(x, level, 3.4 if beyond else 2.6, mark, hint))
        if who:
            parts.append(svg.line(left, room.top, left, room.bottom, "phase"))
    return svg.group(*parts, _names(room, study.appraisers))


def _dash(who: int) -> str:
    return " dashed" if who % 2 else ""


def _around(frame: Frame, values: FloatArray, floor_: float | None = None) -> Scale:
    low, high = float(values.min()), float(values.max())
    room = (high - low) * 0.08 or max(abs(high), 1.0) * 1e-3
    return frame.up(low - room if floor_ is None else floor_, high + room)


def _head(frame: Frame, title: str, y: Scale) -> Markup:
    decimals = decimals_for(step_for(y.high - y.low, 5))
    return svg.group(
        svg.text(frame.left - 44, frame.top - 14, title, "strong"),
        grid(frame, y, y.ticks(5), lambda v: fixed(v, decimals)),
        floor(frame),
    )


def _names(frame: Frame, names: Sequence[str]) -> Markup:
    room = max(int(frame.width / len(names) / 6.5), 2)
    every = -(-len(names) // max(int(frame.width / 26), 1))
    write = cut_inside if room * every > 7 else cut_front
    return svg.joined(
        svg.text(frame.slot(i, len(names)), frame.bottom + 16, write(name, room * every), LABEL)
        for i, name in enumerate(names)
        if i % every == 0
    )
