"""Reason trees: each level of a reason with the time of all that lies below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from casparian.kpi.downtime.pareto import NOT_GIVEN, Pareto, checked, pareto
from casparian.kpi.intervals import FloatArray, IntArray

SEPARATOR = " > "
Path = tuple[str, ...]


@dataclass(frozen=True)
class ReasonTree:
    """Nodes with parents before their children and siblings by time lost, ties by name; all (k,).

    path: from the widest reason on. seconds [s] and events: of the node with all below it.
    share_ratio: of everything; parent_ratio: of the node above. Both 0 where no time was lost.
    """

    path: tuple[Path, ...]
    seconds: FloatArray
    events: IntArray
    share_ratio: FloatArray
    parent_ratio: FloatArray


def reason_tree(
    reasons: Iterable[str | Sequence[str] | None], seconds: ArrayLike, separator: str = SEPARATOR
) -> ReasonTree:
    """Roll the time up from each reason to those above it.

    reasons: (n,) "Category > Reason > Detail" or sequences of levels; None or blank is NOT_GIVEN.
    A reason without further levels keeps its time at its own node.
    """
    lost = checked(seconds)
    paths = [path_of(reason, separator) for reason in reasons]
    sums: dict[Path, list[float]] = {}
    for path, count, time in _distinct(paths, lost):
        for depth in range(1, len(path) + 1):
            node = sums.setdefault(path[:depth], [0.0, 0])
            node[0] += time
            node[1] += count
    order = sorted(sums, key=lambda path: _rank(path, sums))
    total = float(lost.sum())
    own = [sums[path][0] for path in order]
    above = [sums[path[:-1]][0] if len(path) > 1 else total for path in order]
    return ReasonTree(
        tuple(order),
        np.array(own, dtype=np.float64),
        np.array([sums[path][1] for path in order], dtype=np.int64),
        _ratio(own, [total] * len(own)),
        _ratio(own, above),
    )


def pareto_of_level(
    reasons: Iterable[str | Sequence[str] | None],
    seconds: ArrayLike,
    level: int,
    separator: str = SEPARATOR,
) -> Pareto:
    """Pareto of the first `level` levels; what is not told so far down is NOT_GIVEN there."""
    if level < 1:
        raise ValueError("levels are counted from 1, the widest")
    paths = [path_of(reason, separator) for reason in reasons]
    cut = [(path + (NOT_GIVEN,) * (level - len(path)))[:level] for path in paths]
    return pareto([separator.join(path) for path in cut], seconds)


def path_of(reason: str | Sequence[str] | None, separator: str = SEPARATOR) -> Path:
    """Levels of a reason; an empty level is NOT_GIVEN, empty ones at the end are dropped."""
    if reason is None:
        return (NOT_GIVEN,)
    levels = reason.split(separator) if isinstance(reason, str) else reason
    told = [str(level or "").strip() for level in levels]
    while told and not told[-1]:
        told.pop()
    return tuple(level or NOT_GIVEN for level in told) or (NOT_GIVEN,)


def _distinct(paths: list[Path], lost: FloatArray) -> list[tuple[Path, int, float]]:
    """Each path once with its events and time."""
    number = {path: i for i, path in enumerate(dict.fromkeys(paths))}
    place = np.array([number[path] for path in paths], dtype=np.int64)
    if len(place) != len(lost):
        raise ValueError("reasons and seconds must have the same length")
    sums = np.bincount(place, weights=lost, minlength=len(number))
    counts = np.bincount(place, minlength=len(number))
    return [(path, int(counts[i]), float(sums[i])) for path, i in number.items()]


def _rank(path: Path, sums: dict[Path, list[float]]) -> list[tuple[float, str]]:
    return [(-sums[path[:depth]][0], path[depth - 1]) for depth in range(1, len(path) + 1)]


def _ratio(part: list[float], whole: list[float]) -> FloatArray:
    parts, wholes = np.array(part, dtype=np.float64), np.array(whole, dtype=np.float64)
    return np.divide(parts, wholes, out=np.zeros(len(parts)), where=wholes > 0)
