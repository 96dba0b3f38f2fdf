"""What a file states of a characteristic, beside what follows from its values.

    agrees      |stated - recomputed| <= half a unit of the last printed digit
    rounding    not so, but within what rounded limits may do to an index, half a unit / (3 sigma),
                and rounded values to a mean, half a unit
    differs     neither
    incomparable   nothing to compare with; the reason says why

A file prints 4.6 for 4.600: its digits are those of the longest of all indices that it states
(`decimals`). Limits are taken to be known to the last digit of the values.
Cp and Cpk stand for any sigma within subgroups: where the first method does not agree, the others
are tried, and the one that does is named. An index that is called Cp and taken with the sigma of
all values differs, and is told to be Pp. Cm and Cmk are compared with Pp and Ppk, whose formulas
they share (ISO 22514-3).
Source: ISO 22514-2; digits as in ISO 80000-1, rule B.
Units: none for indices; others that of the values. Missing: a figure that the file does not state
is not compared. Errors: none.

>>> import numpy as np
>>> from casparian.kpi.capability import capability
>>> study = capability(np.array([[9.0, 11.0], [10.0, 12.0], [8.0, 10.0]]), 4.0, 16.0)
>>> for found in compare({"n": 6, "cpk": 1.13, "pp": 1.5, "cpm": 1.2}, [study], decimals_of=[1.13]):
...     print(found.figure, found.status, found.reason or "-")
n agrees -
cpk agrees -
pp differs -
cpm incomparable no target
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from casparian.kpi.capability.study import Capability

AGREES, ROUNDING, DIFFERS, INCOMPARABLE = STATUSES = (
    "agrees", "rounding", "differs", "incomparable",
)  # fmt: skip
WITHIN = ("cp", "cpk", "cpl", "cpu", "sigma_within")
OVERALL = ("pp", "ppk", "ppl", "ppu", "cpm", "cm", "cmk")
INDICES = (*WITHIN[:4], *OVERALL)
PLACES = ("mean", "sigma", "sigma_within", "minimum", "maximum", "range_value")
FIGURES = ("n", *PLACES, *INDICES, "out_of_limits")
_SAME = {
    "sigma": "sigma_overall", "cm": "pp", "cmk": "ppk", "minimum": "lowest", "maximum": "highest",
}  # fmt: skip
_OVERALL_OF = {"cp": "pp", "cpk": "ppk", "cpl": "ppl", "cpu": "ppu"}
_UNROUNDED = 12  # more decimals than anybody prints: a number as a computer wrote it


@dataclass(frozen=True)
class Compared:
    """One figure. status: of STATUSES. difference: stated less recomputed. reason: why not."""

    figure: str
    stated: float
    recomputed: float | None
    difference: float | None
    status: str
    reason: str = ""


def decimals(numbers: Iterable[float | None]) -> int:
    """Digits after the point that numbers were printed with: the most that one of them needs."""
    found = 0
    for number in numbers:
        if number is not None and math.isfinite(number):
            exponent = Decimal(repr(float(number))).normalize().as_tuple().exponent
            found = max(found, -int(exponent))
    return found


def compare(
    stated: Mapping[str, float | None],
    studies: Sequence[Capability],
    *,
    decimals_of: Iterable[float | None] = (),
    resolution: int | None = None,
    nominal: float | None = None,
) -> tuple[Compared, ...]:
    """Each figure of FIGURES that is stated, in that order.

    studies: of the same values and limits by several methods of sigma; the first is ours. None
    where the lake has no values. decimals_of: indices that the same file states elsewhere.
    resolution: decimals of the values and limits. nominal: to know mirrored limits by.
    """
    printed = decimals([*decimals_of, *(stated.get(name) for name in INDICES)])
    given = {name: float(v) for name in FIGURES if (v := stated.get(name)) is not None}
    return tuple(
        _compared(name, value, given, studies, _Digits(printed, resolution, stated), nominal)
        for name, value in given.items()
    )


@dataclass(frozen=True)
class _Digits:
    """indices: decimals of the indices. values: of values and limits, None where not known."""

    indices: int
    values: int | None
    stated: Mapping[str, float | None]

    def half(self, figure: str) -> float:
        """Half a unit of the last printed digit of a figure."""
        if figure in ("n", "out_of_limits"):
            return 0.0
        places = self.indices if figure in INDICES else decimals([self.stated[figure]])
        if figure in PLACES and self.values is not None:
            places = max(places, self.values)
        value = abs(float(self.stated[figure] or 0.0))
        floor = 1e-9 * max(value, 1e-12)
        return floor if places > _UNROUNDED else 0.5 * 10.0**-places * (1 + 1e-9) + floor

    def by_rounding(self, figure: str, study: Capability) -> float:
        """What half a unit of the values changes in the mean, of a limit in an index."""
        if figure == "mean" and self.values is not None:
            return 0.5 * 10.0**-self.values
        sigma = study.sigma_within if figure in WITHIN else study.sigma_overall
        if figure not in INDICES or self.values is None or not sigma:
            return 0.0
        return 0.5 * 10.0**-self.values / (3 * sigma)


def _compared(
    figure: str, value: float, given: Mapping[str, float], studies: Sequence[Capability],
    digits: _Digits, nominal: float | None,
) -> Compared:  # fmt: skip
    ours = recomputed(figure, studies[0]) if studies else None
    if ours is None:
        why = _why_not(figure, studies)
        return Compared(
            figure,
            value,
            None,
            None,
            INCOMPARABLE,
            why + _mirrored(figure, value, studies, nominal, digits),
        )
    if figure != "n" and given.get("n", studies[0].n) != studies[0].n:
        why = f"states {given['n']:g} values, {studies[0].n} are here"
        return Compared(figure, value, ours, value - ours, INCOMPARABLE, why)
    for study in studies if figure in WITHIN else studies[:1]:
        other = recomputed(figure, study)
        if other is not None and abs(value - other) <= digits.half(figure):
            by = "" if study is studies[0] else f"with sigma by {study.method}"
            return Compared(figure, value, other, value - other, AGREES, by)
    gap = abs(value - ours)
    if gap <= digits.half(figure) + digits.by_rounding(figure, studies[0]):
        return Compared(figure, value, ours, value - ours, ROUNDING)
    return Compared(
        figure, value, ours, value - ours, DIFFERS, _instead(figure, value, studies[0], digits)
    )


def recomputed(figure: str, study: Capability) -> float | None:
    """Our figure under the name that files' statements have in the contract."""
    if figure == "range_value":
        both = study.highest is not None and study.lowest is not None
        return study.highest - study.lowest if both else None  # type: ignore[operator]
    if figure == "out_of_limits":
        total = study.ppm_observed.total
        return None if total is None else float(round(total * study.n / 1e6))
    found = getattr(study, _SAME.get(figure, figure))
    return None if found is None else float(found)


def _why_not(figure: str, studies: Sequence[Capability]) -> str:
    if not studies:
        return "no measured values of it are here"
    if figure == "cpm" and not any("limit" in said for said in studies[0].missing):
        return "no target"
    return "; ".join(studies[0].missing) or "nothing to compare with"


def _mirrored(
    figure: str, value: float, studies: Sequence[Capability], nominal: float | None, digits: _Digits
) -> str:
    """Whether the file took the open side to be as wide as the other."""
    if not studies or nominal is None or figure not in ("cp", "pp", "cm"):
        return ""
    study = studies[0]
    sigma = study.sigma_within if figure == "cp" else study.sigma_overall
    side = study.cpu if figure == "cp" else study.ppu
    lower = study.cpl if figure == "cp" else study.ppl
    if not sigma or study.mean is None or (side is None) == (lower is None):
        return ""
    away = (study.mean - nominal) / (3 * sigma)
    wide = side + away if side is not None else (lower or 0.0) - away
    if abs(value - wide) > digits.half(figure) + digits.by_rounding(figure, study):
        return ""
    open_side = "lower" if side is not None else "upper"
    return f"; it holds with the {open_side} limit as far from the nominal as the other"


def _instead(figure: str, value: float, study: Capability, digits: _Digits) -> str:
    """Which other index the file's figure is."""
    other = _OVERALL_OF.get(figure, "")
    overall = recomputed(other, study) if other else None
    if overall is None or abs(value - overall) > digits.half(figure):
        return ""
    return f"it is {other.capitalize()}: taken with the sigma of all values"
