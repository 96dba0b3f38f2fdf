"""From figures to places on a drawing, and figures as people write them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NONE = "\N{EM DASH}"
_FINEST = 18  # decimals


@dataclass(frozen=True)
class Scale:
    """Straight line from values [low, high] to places [start, end]; start may exceed end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return self.start + share * (self.end - self.start)

    def ticks(self, about: int = 5, whole: bool = False) -> list[float]:
        """Round values inside the scale, about so many."""
        return ticks(self.low, self.high, about, whole)


def step_for(span: float, about: int, whole: bool = False) -> float:
    """The round step that divides `span` into about so many parts. whole: things are counted."""
    if not span > 0 or not math.isfinite(span):
        return 1.0
    rough = span / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    if whole and rough <= 1:
        return 1.0
    steps = (s * power for s in STEPS if s * power >= rough * 0.999999)
    return next(step for step in steps if not whole or step.is_integer())


def ticks(low: float, high: float, about: int = 5, whole: bool = False) -> list[float]:
    """Multiples of a round step in [low, high]."""
    step = step_for(high - low, about, whole)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def round_up(value: float, about: int = 5, whole: bool = False) -> float:
    """The next round value, for the top of an axis that starts at zero."""
    step = step_for(value, about, whole)
    return max(step * math.ceil(value / step - 1e-9), step)


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places moved apart to at least `gap`, order kept, within [low, high] as far as they fit."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [min(max(places[i], low), high) for i in order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    if moved and moved[-1] > high:
        moved[-1] = high
        for i in range(len(moved) - 2, -1, -1):
            moved[i] = min(moved[i], moved[i + 1] - gap)
    result = list(places)
    for place, i in zip(moved, order, strict=True):
        result[i] = place
    return result


def count(value: float) -> str:
    """12 345 678, with thin spaces; a dash where it is not known (NaN)."""
    if math.isnan(value):
        return NONE
    return signed(f"{round(value):,}".replace(",", THIN_SPACE))


def decimals_for(step: float) -> int:
    """Decimals that tell multiples of a step apart: 0.25 has two, 10 has none."""
    found = (d for d in range(_FINEST) if abs(round(step, d) - step) <= abs(step) * 1e-6)
    return next(found, _FINEST)


def fixed(value: float, decimals: int) -> str:
    """A figure with so many decimals; zero never carries a minus. A dash where it is NaN.

    What begins beyond the sixth decimal is written in powers of ten, as 3.01e−9.
    """
    if math.isnan(value):
        return NONE
    if decimals > 6 and 0 < abs(value) < 1e-3:
        return signed(_in_powers(value, decimals))
    if decimals > 6 and value == 0:
        return "0"
    written = f"{value:,.{decimals}f}".replace(",", THIN_SPACE)
    return signed(written if float(f"{value:.{decimals}f}") else written.lstrip("-"))


def _in_powers(value: float, decimals: int) -> str:
    digits = max(decimals + math.floor(math.log10(abs(value))), 0)
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    return f"{mantissa}e{int(power)}"


def percent(ratio: float, decimals: int = 1) -> str:
    """A ratio as percent, 0.756 as 75.6 %."""
    return NONE if math.isnan(ratio) else f"{fixed(ratio * 100, decimals)}{THIN_SPACE}%"


def hours(seconds: float) -> str:
    """Seconds as hours: 12.3 h below a hundred, 1 234 h above."""
    if math.isnan(seconds):
        return NONE
    value = seconds / 3600
    return f"{fixed(value, 1 if abs(value) < 100 else 0)}{THIN_SPACE}h"


def signed(written: str) -> str:
    """With a real minus sign."""
    return written.replace("-", MINUS)


def significant(value: float, spread_: float) -> str:
    """A measurement to a hundredth of its spread, so that limits can be told apart."""
    if math.isnan(value):
        return NONE
    if not spread_ > 0:
        return f"{value:.6g}"
    return fixed(value, min(max(2 - math.floor(math.log10(spread_)), 0), _FINEST))
