"""Reasons by time lost or by events, largest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.intervals import FloatArray, IntArray
from casparian.kpi.pareto import ranked

NOT_GIVEN = "not given"


@dataclass(frozen=True)
class Pareto:
    """Reasons, largest first, ties by name.

    seconds [s], events, share_ratio and cumulative_ratio (0 to 1): (k,) for k reasons. The ratios
    are those of what the Pareto is sorted by; where that adds up to nothing they are 0.
    """

    reason: tuple[str, ...]
    seconds: FloatArray
    events: IntArray
    share_ratio: FloatArray
    cumulative_ratio: FloatArray


def pareto(
    reason: Iterable[object],
    seconds: ArrayLike,
    events: ArrayLike | None = None,
    by: Literal["seconds", "events"] = "seconds",
) -> Pareto:
    """Time lost and events by reason (or by line, shift, machine).

    seconds: (n,). events: (n,) count behind each row, 1 if left out. A reason that is None, NaN or
    blank counts as NOT_GIVEN. Raises ValueError for a duration or count that is negative or NaN.
    """
    labels, lost = named(reason), checked(seconds)
    counts = np.ones(len(lost)) if events is None else checked(events)
    found = ranked(labels, lost if by == "seconds" else counts)
    names, place = np.unique(labels, return_inverse=True)
    order = np.searchsorted(names, np.array(found.label, dtype=np.str_))
    sums, numbers = (
        np.bincount(place, weights=amounts, minlength=len(names))[order]
        for amounts in (lost, counts)
    )
    whole = numbers.round().astype(np.int64)
    return Pareto(
        found.label, sums.astype(np.float64), whole, found.share_ratio, found.cumulative_ratio
    )


def pareto_of_each(
    group: Iterable[object], reason: Iterable[object], seconds: ArrayLike
) -> dict[str, Pareto]:
    """The Pareto of each line, shift or machine by itself, in order of its name."""
    labels, why, lost = named(group), named(reason), checked(seconds)
    return {
        str(label): pareto(why[labels == label], lost[labels == label])
        for label in np.unique(labels)
    }


def named(labels: Iterable[object]) -> NDArray[np.str_]:
    """Labels as text, (n,); None, NaN and blanks as NOT_GIVEN."""
    told = ["" if label is None or label != label else str(label).strip() for label in labels]
    return np.array([label or NOT_GIVEN for label in told], dtype=np.str_)


def checked(amounts: ArrayLike) -> FloatArray:
    """Durations or counts as float64; ValueError for what no log can mean."""
    found = np.asarray(amounts, dtype=np.float64)
    if (found < 0).any() or np.isnan(found).any():
        raise ValueError("downtime must have a duration of zero or more")
    return found
