"""A histogram of measured values against their limits, with the normal curves over it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from casparian.charts import svg
from casparian.charts.frame import Frame, axis_title, figures_below, floor, grid
from casparian.charts.scale import (
    Scale,
    count,
    decimals_for,
    fixed,
    round_up,
    significant,
    spread,
    step_for,
)  # fmt: skip
from casparian.charts.svg import Markup
from casparian.kpi.capability import Capability
from casparian.kpi.factors import FloatArray

MOST_BINS = 60
CURVE = 120  # points of a curve


@dataclass(frozen=True)
class Limits:
    """Specification limits and target, None where there is none."""

    lsl: float | None
    usl: float | None
    target: float | None = None

    @property
    def known(self) -> list[tuple[str, float, str]]:
        named = (("LSL", self.lsl, "limit"), ("Target", self.target, "target"),
                 ("USL", self.usl, "limit"))  # fmt: skip
        return [(name, value, kind) for name, value, kind in named if value is not None]


def bins(values: FloatArray) -> FloatArray:
    """Edges of bins of round width: about as many as Freedman and Diaconis propose."""
    low, high = float(values.min()), float(values.max())
    quarters = np.percentile(values, [25, 75])
    wide = 2 * float(quarters[1] - quarters[0]) / len(values) ** (1 / 3)
    span = high - low
    about = min(max(math.ceil(span / wide), 6), MOST_BINS) if wide > 0 else 10
    step = step_for(span, about) if span > 0 else max(abs(low), 1.0) * 1e-3
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return np.asarray(np.arange(first, last + 1) * step, dtype=np.float64)


def histogram(frame: Frame, values: FloatArray, limits: Limits, found: Capability) -> Markup:
    """Bars of counts, curves of both sigmas, and the limits as upright lines."""
    edges = bins(values)
    counts = np.histogram(values, edges)[0]
    x = frame.across(*_range(edges, limits))
    area = len(values) * float(edges[1] - edges[0])
    curves = [
        (name, hue, _curve(x, found.mean, sigma, area))
        for name, hue, sigma in (
            ("within", "stroke-orange", found.sigma_within),
            ("overall", "stroke-purple dashed", found.sigma_overall),
        )
    ]
    peak = max(
        [float(counts.max())]
        + [max((h for _, h in line), default=0.0) for _, _, line in curves if line]
    )
    y = frame.up(0, round_up(min(peak, counts.max() * 1.6) * 1.04, 5))
    ticks = [v for v in y.ticks(5) if float(v).is_integer()]
    return svg.group(
        grid(frame, y, ticks, count),
        axis_title(frame, "values"),
        *_bars(frame, x, y, edges, counts, len(values)),
        *(_line(x, y, line, f"path thick {hue}") for _, hue, line in curves if line),
        floor(frame),
        figures_below(frame, x),
        *_limit_lines(frame, x, limits, found.sigma_overall or 0.0),
        _legend(frame, [name for name, _, line in curves if line]),
    )


def _range(edges: FloatArray, limits: Limits) -> tuple[float, float]:
    places = [float(edges[0]), float(edges[-1]), *(value for _, value, _ in limits.known)]
    room = (max(places) - min(places)) * 0.06
    return min(places) - room, max(places) + room


def _curve(
    x: Scale, mean: float | None, sigma: float | None, area: float
) -> list[tuple[float, float]]:
    """(value, height) of the normal curve that holds as much as the bars."""
    if mean is None or not sigma:
        return []
    low, high = max(x.low, mean - 4.5 * sigma), min(x.high, mean + 4.5 * sigma)
    at = np.linspace(low, high, CURVE)
    height = area / (sigma * math.sqrt(2 * math.pi)) * np.exp(-0.5 * ((at - mean) / sigma) ** 2)
    return list(zip(at.tolist(), height.tolist(), strict=True))


def _line(x: Scale, y: Scale, line: list[tuple[float, float]], class_: str) -> Markup:
    return svg.polyline([(x(v), max(y(h), y.end)) for v, h in line], class_)


def _bars(
    frame: Frame, x: Scale, y: Scale, edges: FloatArray, counts: np.ndarray, total: int
) -> list[Markup]:
    step = float(edges[1] - edges[0])
    decimals = decimals_for(step)
    return [
        svg.box(
            x(low) + 0.6, y(float(n)), x(high) - x(low) - 1.2, frame.bottom - y(float(n)),
            "fill-blue soft-fill",
            f"{fixed(low, decimals)} to {fixed(high, decimals)}: {count(n)} values, "
            f"{n / total:.1%}",
        )
        for low, high, n in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
        if n
    ]  # fmt: skip


def _limit_lines(frame: Frame, x: Scale, limits: Limits, sigma: float) -> list[Markup]:
    names = [f"{name} {significant(value, sigma)}" for name, value, _ in limits.known]
    widest = max((len(name) * 6.2 for name in names), default=0)
    places = spread(
        [x(value) for _, value, _ in limits.known], widest, frame.left + 20, frame.right - 20
    )
    return [
        svg.group(
            svg.line(x(value), frame.top - 6, x(value), frame.bottom, kind),
            svg.text(
                place, frame.top - 12, name,
                f"label small num mid {'red-text' if kind == 'limit' else ''}".strip(),
            ),
        )
        for (_, value, kind), place, name in zip(limits.known, places, names, strict=True)
    ]  # fmt: skip


def _legend(frame: Frame, names: list[str]) -> Markup:
    parts, x = [], frame.left
    for name in names:
        hue = "stroke-orange" if name == "within" else "stroke-purple dashed"
        parts.append(
            svg.group(
                svg.line(x, frame.bottom + 38, x + 22, frame.bottom + 38, f"path thick {hue}"),
                svg.text(x + 28, frame.bottom + 42, f"normal, sigma {name}", "label small"),
            )
        )
        x += 160
    return svg.joined(parts)
