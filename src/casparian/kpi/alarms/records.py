"""Alarms as columns, made from occurrences or from a journal's changes of state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.intervals import IntArray

BoolArray = NDArray[np.bool_]
# An instant that is not there: what numpy's NaT is as an integer.
NONE = int(np.iinfo(np.int64).min)
NO_PRIORITY = 0
NOT_GIVEN = "not given"


@dataclass(frozen=True)
class Alarms:
    """Occurrences of alarms, (n,) each, in any order.

    raised, cleared, acked: int64 [us], NONE where it is missing. name, position: codes into names
    (which alarm: tag and condition) and positions (operator position or area). priority: 1 the
    most urgent, NO_PRIORITY where it is missing. hidden: shelved, suppressed or out of service
    when it was raised, so that no operator saw it.
    """

    raised: IntArray
    cleared: IntArray
    acked: IntArray
    name: IntArray
    position: IntArray
    priority: IntArray
    hidden: BoolArray
    names: tuple[str, ...]
    positions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.raised)

    @property
    def annunciated(self) -> BoolArray:
        """Those that an operator was shown, with the instant at which: what rates count."""
        return np.asarray((self.raised != NONE) & ~self.hidden, dtype=np.bool_)

    def take(self, rows: NDArray[np.bool_] | IntArray) -> Alarms:
        """Some of them, with the same codes."""
        columns = {
            field.name: getattr(self, field.name)[rows]
            for field in fields(self)
            if field.name not in ("names", "positions")
        }
        return Alarms(**columns, names=self.names, positions=self.positions)

    def ended(self, until: int) -> IntArray:
        """End of each [us]: its clear; without one, when the same alarm is raised again; else
        `until`. Where the raise is missing an alarm without a clear ends at `until`."""
        again = _raised_again(self)
        end = np.where(self.cleared != NONE, self.cleared, again)
        return np.where(end == NONE, until, np.minimum(end, until)).astype(np.int64)


def alarms_of(
    raised: ArrayLike,
    cleared: ArrayLike | None = None,
    name: Iterable[object] | None = None,
    *,
    acked: ArrayLike | None = None,
    position: Iterable[object] | None = None,
    priority: Iterable[int | None] | None = None,
    hidden: Iterable[bool | None] | None = None,
) -> Alarms:
    """Alarms from columns of one length; datetime64 (UTC), datetimes or int64 [us].

    A missing instant is None, NaT or NONE, a missing priority None. Left out: never cleared or
    acknowledged, all one alarm, at one position, without priority, all shown.
    Raises ValueError where lengths differ or a priority is below 1.
    """
    when = _instants(raised)
    n = len(when)
    name_code, names = _coded(name, n)
    place_code, places = _coded(position, n)
    rank = np.zeros(n, dtype=np.int64) if priority is None else _priorities(priority)
    shown = np.zeros(n, dtype=np.bool_) if hidden is None else np.array([bool(h) for h in hidden])
    found = Alarms(
        when, _optional(cleared, n), _optional(acked, n),
        name_code, place_code, rank, shown, names, places,
    )  # fmt: skip
    lengths = {len(column) for column in (found.cleared, found.acked, name_code, place_code)}
    if lengths | {len(rank), len(shown)} != {n}:
        raise ValueError("the columns of alarms must have the same length")
    return found


def alarms_of_rows(rows: Sequence[Mapping[str, object]]) -> Alarms:
    """Alarms from rows with raised and, where known, cleared, acked, name, position, priority and
    hidden."""

    def column(key: str) -> list[object]:
        return [row.get(key) for row in rows]

    return alarms_of(
        column("raised"),  # type: ignore[arg-type]
        column("cleared"),  # type: ignore[arg-type]
        column("name"),
        acked=column("acked"),  # type: ignore[arg-type]
        position=column("position"),
        priority=column("priority"),  # type: ignore[arg-type]
        hidden=column("hidden"),  # type: ignore[arg-type]
    )


def _raised_again(alarms: Alarms) -> IntArray:
    """Next raise of the same alarm at the same position, NONE where there is none."""
    order = np.lexsort((alarms.raised, alarms.position, alarms.name))
    name, position = alarms.name[order], alarms.position[order]
    following = np.full(len(alarms), NONE, dtype=np.int64)
    if len(alarms) > 1:
        same = (name[1:] == name[:-1]) & (position[1:] == position[:-1])
        known = alarms.raised[order][:-1] != NONE
        following[order[:-1]] = np.where(same & known, alarms.raised[order][1:], NONE)
    return following


def _instants(instants: ArrayLike) -> IntArray:
    found = np.asarray(instants)
    if np.issubdtype(found.dtype, np.integer):
        return found.astype(np.int64)
    if not np.issubdtype(found.dtype, np.datetime64):
        found = np.array([_one(instant) for instant in found.tolist()], dtype="datetime64[us]")
    return found.astype("datetime64[us]").astype(np.int64)


def _one(instant: object) -> object:
    """A datetime without its zone, which must be UTC; an integer as microseconds."""
    if instant is None:
        return np.datetime64("NaT", "us")
    if isinstance(instant, int):
        return np.datetime64(instant, "us")
    return instant.replace(tzinfo=None) if hasattr(instant, "replace") else instant


def _optional(instants: ArrayLike | None, n: int) -> IntArray:
    return np.full(n, NONE, dtype=np.int64) if instants is None else _instants(instants)


def _coded(labels: Iterable[object] | None, n: int) -> tuple[IntArray, tuple[str, ...]]:
    if labels is None:
        return np.zeros(n, dtype=np.int64), ("",)
    told = np.array(
        [str(label) if label not in (None, "") else NOT_GIVEN for label in labels], dtype=np.str_
    )
    names, codes = np.unique(told, return_inverse=True)
    return codes.astype(np.int64), tuple(map(str, names))


def _priorities(priority: Iterable[int | None]) -> IntArray:
    told = [NO_PRIORITY if rank is None or rank != rank else int(rank) for rank in priority]
    found = np.array(told, dtype=np.int64)
    if (found < 0).any():
        raise ValueError("priorities are counted from 1, the most urgent")
    return found
