"""A normal probability plot: values that are normal lie along the line."""

from __future__ import annotations

import numpy as np

from casparian.charts import svg
from casparian.charts.frame import Frame, figures_below, floor
from casparian.charts.scale import Scale, fixed
from casparian.charts.svg import Markup
from casparian.kpi.capability import Fit
from casparian.kpi.factors import FloatArray

PERCENTS = (0.0001, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 0.9999)
MOST_POINTS = 1500


def probability_plot(frame: Frame, values: FloatArray, fit: Fit) -> Markup:
    """Values in order against the normal quantiles of (i - 3/8) / (n + 1/4) (Blom)."""
    from scipy.special import ndtri

    ordered = np.sort(values)
    z = ndtri((np.arange(1, len(ordered) + 1) - 0.375) / (len(ordered) + 0.25))
    room = (float(np.ptp(ordered)) or max(abs(float(ordered[0])), 1.0) * 1e-3) * 0.05
    x = frame.across(float(ordered[0]) - room, float(ordered[-1]) + room)
    most = max(float(z[-1]) * 1.12, 1.2)
    y = frame.up(-most, most)
    sigma = float(ordered.std(ddof=1)) if len(ordered) > 1 else 0.0
    shown = _thinned(len(ordered))
    places = [(x(float(ordered[i])), y(float(z[i]))) for i in shown]
    size = "little" if len(shown) > 150 else "large"
    return svg.group(
        svg.text(frame.left - 44, frame.top - 14, "Normal probability plot", "strong"),
        svg.text(frame.right, frame.top - 14, _said(fit), "label end"),
        _levels(frame, y, {p: q for p in PERCENTS if abs(q := float(ndtri(p))) < most}),
        _straight(x, y, float(ordered.mean()), sigma),
        svg.specks(places, f"ring {size}"),
        svg.specks(places, f"core {size}"),
        floor(frame),
        figures_below(frame, x),
    )


def _thinned(count: int) -> list[int]:
    """All places, or so many spread over them with both tails whole."""
    if count <= MOST_POINTS:
        return list(range(count))
    tail = 100
    middle = np.linspace(tail, count - tail - 1, MOST_POINTS - 2 * tail).round().astype(int)
    return [*range(tail), *np.unique(middle).tolist(), *range(count - tail, count)]


def _levels(frame: Frame, y: Scale, percents: dict[float, float]) -> Markup:
    parts = []
    for p, quantile in percents.items():
        level = y(quantile)
        parts.append(svg.line(frame.left, level, frame.right, level, "grid"))
        parts.append(svg.text(frame.left - 8, level + 4, f"{p * 100:g} %", "label small num end"))
    return svg.joined(parts)


def _straight(x: Scale, y: Scale, mean: float, sigma: float) -> Markup:
    """Where a normal distribution of this mean and sigma would lie."""
    if not sigma > 0:
        return svg.joined([])
    ends = sorted([x.low, x.high, mean + y.low * sigma, mean + y.high * sigma])[1:3]
    (x1, y1), (x2, y2) = ((x(v), y((v - mean) / sigma)) for v in ends)
    return svg.line(x1, y1, x2, y2, "center")


def _said(fit: Fit) -> str:
    if fit.statistic is None:
        return f"Anderson-Darling: {fit.missing}"
    if fit.p_value is None:
        return f"Anderson-Darling {fixed(fit.statistic, 3)} ({fit.missing})"
    p = "p < 0.001" if fit.p_value < 0.001 else f"p = {fixed(fit.p_value, 3)}"
    verdict = "normal cannot be refused" if fit.p_value >= 0.05 else "not normal"
    return f"Anderson-Darling {fixed(fit.statistic, 3)}, {p}: {verdict}"
