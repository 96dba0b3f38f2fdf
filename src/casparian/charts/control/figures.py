"""The figures behind a control chart, and the chart with both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from casparian.charts.chart import Chart, chart_of
from casparian.charts.control.data import ControlChart, Panel
from casparian.charts.control.draw import control_chart
from casparian.kpi.factors import FloatArray


def finished(chart: ControlChart, width: float) -> Chart:
    """Drawn, with its figures."""
    title = f"{chart.title}: {chart.kind}"
    return chart_of(title, control_chart(chart, width), figures_of(chart))


def figures_of(chart: ControlChart) -> dict[str, Any]:
    """The figures behind a control chart: limits, rules with the subgroups that break them, and
    every point."""
    return {
        "title": chart.title,
        "kind": chart.kind,
        "subgroups": chart.count,
        "baseline": chart.baseline or chart.count,
        "baseline_from": chart.skipped + 1,
        "panels": [_panel_figures(panel) for panel in chart.panels],
        "broken": {
            rule: [chart.names[i] for p in chart.panels for i in p.broken.get(rule, [])]
            for rule in chart.broken
        },
        "points": _points(chart),
    }


def _panel_figures(panel: Panel) -> dict[str, Any]:
    return {
        "name": panel.name,
        "center": _last(panel.center),
        "ucl": _last(panel.upper),
        "lcl": _last(panel.lower),
        "stepped": bool(len(np.unique(panel.upper[~np.isnan(panel.upper)])) > 1),
    }


def _last(line: FloatArray) -> float | None:
    return None if math.isnan(line[-1]) else float(line[-1])


def _points(chart: ControlChart) -> list[dict[str, Any]]:
    """Each subgroup: its name, time and figures, and the rules it breaks."""
    rows: list[dict[str, Any]] = [{"subgroup": name} for name in chart.names]
    if chart.times:
        for row, time in zip(rows, chart.times, strict=True):
            row["time"] = time
    for panel in chart.panels:
        known = np.where(np.isnan(panel.values), None, panel.values)  # type: ignore[call-overload]
        for row, value in zip(rows, known.tolist(), strict=True):
            row[panel.name] = value
    for row in rows:
        row["rules"] = []
    for panel in chart.panels:
        for place, rules in panel.rules_at.items():
            rows[place]["rules"] += rules
    return rows
