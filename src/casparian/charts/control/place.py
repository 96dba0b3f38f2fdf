"""Where things of a control chart lie: panels, lanes of rules, head and legend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from casparian.charts.control.data import ControlChart, Panel
from casparian.charts.frame import Frame
from casparian.charts.scale import Scale
from casparian.kpi.factors import FloatArray

LANE = 15
WIDE_LEFT, NARROW_LEFT = 64, 50
HEAD = 31  # above the first panel: its name and the phases
FOOT = 34  # below each panel
LETTERS = 18  # room for the names of the zones
FIRST_SHARE = 0.62


@dataclass(frozen=True)
class Place:
    """One panel and its rectangle."""

    panel: Panel
    frame: Frame
    x: Scale
    y: Scale

    @property
    def spacing(self) -> float:
        """Pixels from one point to the next."""
        return self.x(1) - self.x(0)

    @property
    def dense(self) -> bool:
        """More points than pixels: the line is a band, and words at its points would be noise."""
        return self.spacing < 1

    @property
    def narrow(self) -> bool:
        return self.frame.left <= NARROW_LEFT

    @cached_property
    def across(self) -> FloatArray:
        """(k,) pixels."""
        places = np.arange(len(self.panel.values), dtype=np.float64)
        return self.x.start + (places - self.x.low) * self.spacing

    def up(self, values: FloatArray) -> FloatArray:
        """(k,) pixels, held inside the panel."""
        share = (values - self.y.low) / ((self.y.high - self.y.low) or 1.0)
        found = self.y.start + share * (self.y.end - self.y.start)
        return np.clip(found, self.frame.top, self.frame.bottom)


@dataclass(frozen=True)
class Plan:
    """The whole drawing: places of the panels, the lanes of the first one's rules, its height."""

    places: tuple[Place, ...]
    lanes: Frame
    rules: tuple[str, ...]
    height: float

    @property
    def names_y(self) -> float:
        """Below what the names of the subgroups stand."""
        return max(self.places[-1].frame.bottom, self.lanes.bottom)


def plan(chart: ControlChart, width: float, height: float, top: float) -> Plan:
    """Panels under one another from `top` on. height: of all panels with lanes, 0 to choose."""
    first = chart.panels[0]
    rules = tuple(rule for rule, places in first.broken.items() if len(places))
    lanes = len(rules) * LANE + (10 if rules else 0)
    two = len(chart.panels) > 1
    wide = width > 600
    tall = height or ((420 if wide else 390) if two else (320 if wide else 300)) + lanes
    left, right = (WIDE_LEFT, 92) if wide else (NARROW_LEFT, 62)
    deep = tall - HEAD - lanes - FOOT * len(chart.panels)
    share = FIRST_SHARE if two else 1.0
    upper = Frame(left, top + HEAD, width - right, top + HEAD + deep * share)
    lane = Frame(left, upper.bottom + 8, upper.right, upper.bottom + lanes)
    frames = [upper]
    if two:
        under = upper.bottom + lanes + FOOT
        frames.append(Frame(left, under, upper.right, under + deep * (1 - share)))
    places = tuple(_placed(p, f) for p, f in zip(chart.panels, frames, strict=False))
    return Plan(places, lane, rules, top + tall)


def _placed(panel: Panel, frame: Frame) -> Place:
    count = len(panel.values)
    pad = min(frame.width / max(count, 1) / 2, 14)
    x = Scale(0, max(count - 1, 1), frame.left + max(pad, LETTERS), frame.right - pad)
    return Place(panel, frame, x, frame.up(*_range(panel)))


def _range(panel: Panel) -> tuple[float, float]:
    """Room for all points and limits, not beyond floor and ceiling."""
    drawn = [panel.values, panel.upper, panel.lower, panel.center]
    if panel.other is not None:
        drawn.append(panel.other)
    every = np.concatenate(drawn)
    every = every[np.isfinite(every)]
    if not len(every):
        return 0.0, 1.0
    low, high = float(every.min()), float(every.max())
    room = (high - low) * 0.13 or max(abs(high), 1.0) * 1e-3
    bottom = low - room if panel.floor is None else max(low - room, panel.floor)
    above = high + room if panel.ceiling is None else min(high + room, panel.ceiling)
    return bottom, above if above > bottom else math.nextafter(bottom, math.inf) + room
