"""A histogram of measured values against their limits, with the normal curves over it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from casparian.charts import svg
from casparian.charts.frame import Frame, axis_title, figures_below, floor, grid
from casparian.charts.scale import (
    Scale,
    count,
    decimals_for,
    fixed,
    percent,
    round_up,
    significant,
    spread,
    step_for,
)  # fmt: skip
from casparian.charts.svg import Markup
from casparian.kpi.capability import Capability
from casparian.kpi.capability.nonnormal import Percentiles
from casparian.kpi.factors import FloatArray

Density = Callable[[FloatArray], FloatArray]

MOST_BINS = 60
CURVE = 120  # points of a curve
LEAST_BAR = 2.0  # pixels: values that are all one stand between far limits


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
    edges = np.asarray(np.arange(first, last + 1) * step, dtype=np.float64)
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)  # 255 * 0.02 is above 5.1
    return edges


def histogram(
    frame: Frame, values: FloatArray, limits: Limits, found: Capability,
    fitted: Percentiles | None = None,
) -> Markup:  # fmt: skip
    """Bars of counts, curves of both sigmas or of the fitted distribution, limits as lines."""
    edges = bins(values)
    counts = np.histogram(values, edges)[0]
    x = frame.across(*_range(edges, limits))
    area = len(values) * float(edges[1] - edges[0])
    curves = _curves(_places(x, edges), found, fitted, area)
    peak = max(
        [float(counts.max())]
        + [max((h for _, h in line), default=0.0) for _, _, line in curves if line]
    )
    y = frame.up(0, round_up(min(peak, counts.max() * 1.6) * 1.04, 5, whole=True))
    ticks = y.ticks(5, whole=True)
    return svg.group(
        grid(frame, y, ticks, count),
        axis_title(frame, "values"),
        *_bars(frame, x, y, edges, counts, len(values)),
        *(_line(x, y, line, f"path thick {hue}") for _, hue, line in curves if line),
        floor(frame),
        figures_below(frame, x),
        *_limit_lines(frame, x, limits, found.sigma_overall or 0.0),
        _legend(frame, [(name, hue) for name, hue, line in curves if line]),
    )


def _range(edges: FloatArray, limits: Limits) -> tuple[float, float]:
    places = [float(edges[0]), float(edges[-1]), *(value for _, value, _ in limits.known)]
    room = (max(places) - min(places)) * 0.06
    return min(places) - room, max(places) + room


def _places(x: Scale, edges: FloatArray) -> FloatArray:
    """Values at which curves are drawn: over the axis, and densely where the bars are."""
    low, high = float(edges[0]), float(edges[-1])
    half = (high - low) / 2
    near = np.linspace(max(low - half, x.low), min(high + half, x.high), CURVE)
    return np.unique(np.concatenate([np.linspace(x.low, x.high, CURVE), near]))


def _curves(
    at: FloatArray, found: Capability, fitted: Percentiles | None, area: float
) -> list[tuple[str, str, list[tuple[float, float]]]]:
    """(name, class, line) of each curve: it holds as much as the bars."""
    if fitted is not None:
        return [(fitted.distribution, "stroke-purple", _curve(at, _density(fitted), area))]
    return [
        (f"normal, sigma {name}", hue, _curve(at, _normal(found.mean, sigma), area))
        for name, hue, sigma in (
            ("within", "stroke-orange", found.sigma_within),
            ("overall", "stroke-purple dashed", found.sigma_overall),
        )
    ]


def _curve(at: FloatArray, density: Density | None, area: float) -> list[tuple[float, float]]:
    """(value, height) over the whole axis."""
    if density is None:
        return []
    height = area * density(at)
    shown = height > area * 1e-9
    return list(zip(at[shown].tolist(), height[shown].tolist(), strict=True))


def _normal(mean: float | None, sigma: float | None) -> Density | None:
    if mean is None or not sigma:
        return None
    return lambda at: np.exp(-0.5 * ((at - mean) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))


def _density(fitted: Percentiles) -> Density | None:
    """Of the fitted distribution; None for the empirical one, which has none."""
    if len(fitted.parameters) != 2:
        return None
    one, two = fitted.parameters
    if fitted.distribution == "lognormal":
        normal = _normal(one, two)
        return None if normal is None else lambda at: _positive(at, lambda v: normal(np.log(v)) / v)
    if fitted.distribution == "weibull":
        return lambda at: _positive(
            at, lambda v: one / two * (v / two) ** (one - 1) * np.exp(-((v / two) ** one))
        )
    return _normal(one, two)


def _positive(at: FloatArray, density: Density) -> FloatArray:
    """Zero where the distribution has no values."""
    found = np.zeros(len(at))
    found[at > 0] = density(at[at > 0])
    return found


def _line(x: Scale, y: Scale, line: list[tuple[float, float]], class_: str) -> Markup:
    return svg.polyline([(x(v), max(y(h), y.end)) for v, h in line], class_)


def _bars(
    frame: Frame, x: Scale, y: Scale, edges: FloatArray, counts: np.ndarray, total: int
) -> list[Markup]:
    step = float(edges[1] - edges[0])
    decimals = decimals_for(step)
    return [
        svg.box(
            x(low) + 0.6, y(float(n)), max(x(high) - x(low) - 1.2, LEAST_BAR),
            frame.bottom - y(float(n)),
            "fill-blue soft-fill",
            f"{fixed(low, decimals)} to {fixed(high, decimals)}: {count(n)} values, "
            f"{percent(n / total)}",
        )
        for low, high, n in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
        if n
    ]  # fmt: skip


def _limit_lines(frame: Frame, x: Scale, limits: Limits, sigma: float) -> list[Markup]:
    names = [f"{name} {significant(value, sigma)}" for name, value, _ in limits.known]
    widest = max((len(name) * 6.2 for name in names), default=0)
    places = spread(
        [x(value) for _, value, _ in limits.known],
        widest,
        max(frame.left + 20, widest / 2 + 40),
        frame.right - max(20, widest / 2 - 30),
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


def _legend(frame: Frame, curves: Sequence[tuple[str, str]]) -> Markup:
    parts, x, y = [], frame.left, frame.bottom + 38
    for name, hue in curves:
        parts.append(svg.line(x, y, x + 22, y, f"path thick {hue}"))
        parts.append(svg.text(x + 28, y + 4, name, "label small"))
        x += 160
    return svg.joined(parts)
