"""Material balance: what a stock should hold against what was counted, and the yield of orders.

Source: conservation of mass over a control volume (R. M. Felder and R. W. Rousseau, Elementary
Principles of Chemical Processes, chapter 4), as stock records keep it:

    expected closing  = opening + received + produced + moved in - issued - scrapped - shipped
                        - moved out
    unexplained loss  = expected closing - counted            positive: something is gone
    loss ratio        = unexplained loss / (opening + received + produced + moved in)

The control volume is a material at a place in the period between two counts of it, or an order
(issued to it, produced by it, scrapped in it). A loss within the tolerance is within what counting
and weighing can tell: |loss ratio| <= tolerance.

Units: quantities in one unit for each balance, ratios without bound on either side (a loss of more
than all there was says that the records are wrong), tolerance as a ratio.
Missing: NaN is unknown and spreads; `missing` says what. Quantities of differing units are never
added: such a balance has no figures, and the units are named.
Errors: ValueError where arrays differ in length or the tolerance is below zero.

Worked example. 500 kg in stock, 2,000 received, 1,900 issued, 40 scrapped; 548 are counted:

>>> import numpy as np
>>> stock = Flows.of(opening=[500], received=[2000], issued=[1900], scrapped=[40])
>>> found = balance(stock, counted=[548], tolerance=0.005)
>>> found.expected, found.loss, found.loss_ratio, found.within
(array([560.]), array([12.]), array([0.0048]), array([ True]))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from casparian.kpi.intervals import FloatArray, IntArray

IN = ("opening", "received", "produced", "moved_in")
OUT = ("issued", "scrapped", "shipped", "moved_out")
NOT_COUNTED = "not counted"
NO_MATERIAL = "no material to balance"
NO_OPENING = "no opening stock"


@dataclass(frozen=True)
class Flows:
    """Quantities of n balances, (n,) each, in the unit of the balance; NaN is unknown.

    A flow below zero is a reversal of that flow.
    """

    opening: FloatArray
    received: FloatArray
    produced: FloatArray
    moved_in: FloatArray
    issued: FloatArray
    scrapped: FloatArray
    shipped: FloatArray
    moved_out: FloatArray

    def __post_init__(self) -> None:
        if len({len(getattr(self, f.name)) for f in fields(self)}) != 1:
            raise ValueError("flows must have the same length")

    def __len__(self) -> int:
        return len(self.opening)

    @classmethod
    def of(cls, opening: ArrayLike, **flows: ArrayLike) -> Flows:
        """From anything array-like; a flow that is left out is zero."""
        start = np.asarray(opening, dtype=np.float64)
        given = {name: np.asarray(flow, dtype=np.float64) for name, flow in flows.items()}
        left_out = {f.name: np.zeros(len(start)) for f in fields(cls)}
        return cls(**(left_out | given | {"opening": start}))


@dataclass(frozen=True)
class Balance:
    """n balances, (n,) each; NaN where `missing` says why.

    expected: closing stock by the records. loss: expected - counted. loss_ratio: loss over all
    that there was to account for. within: loss inside the tolerance, False where it is unknown.
    """

    expected: FloatArray
    loss: FloatArray
    loss_ratio: FloatArray
    within: NDArray[np.bool_]
    missing: tuple[str, ...]


def balance(
    flows: Flows,
    counted: ArrayLike,
    *,
    tolerance: float = 0.0,
    units: Sequence[Sequence[str]] | None = None,
) -> Balance:
    """Balances flows against counted stock, (n,), NaN where nobody counted.

    units: the distinct units met in each balance; more than one and it is refused. Left out, all
        quantities of a balance are of one unit.
    """
    stock = np.asarray(counted, dtype=np.float64)
    met: list[Sequence[str]] = [()] * len(flows) if units is None else list(units)
    if not len(stock) == len(flows) == len(met):
        raise ValueError("each balance needs its flows, its count and its units")
    if not tolerance >= 0:
        raise ValueError("the tolerance must be zero or more")
    mixed = np.array([len(set(kinds)) > 1 for kinds in met], dtype=np.bool_)
    there = np.where(mixed, np.nan, sum(getattr(flows, name) for name in IN))
    expected = there - sum(getattr(flows, name) for name in OUT)
    loss = expected - stock
    ratio = np.full(len(flows), np.nan)
    np.divide(loss, there, out=ratio, where=there > 0)
    why = tuple(_why(flows, stock, there, met[i], i) for i in range(len(flows)))
    return Balance(expected, loss, ratio, np.abs(ratio) <= tolerance, why)


def _why(flows: Flows, counted: FloatArray, there: FloatArray, units: Sequence[str], i: int) -> str:
    if len(set(units)) > 1:
        return units_differ(units)
    said = [] if not np.isnan(flows.opening[i]) else [NO_OPENING]
    unknown = [n for n in (*IN, *OUT) if n != "opening" and np.isnan(getattr(flows, n)[i])]
    said += [f"{name.replace('_', ' ')} quantity unknown" for name in unknown]
    said += [NOT_COUNTED] if np.isnan(counted[i]) else []
    return "; ".join(said + ([NO_MATERIAL] if there[i] <= 0 else []))


def units_differ(units: Sequence[str]) -> str:
    """What to say where quantities of differing units meet."""
    return f"units differ: {', '.join(sorted(set(units)))}"


@dataclass(frozen=True)
class Period:
    """Periods between counts of one stock, (k,): from the instant of one count to the next.

    place: (n,) period of each movement. opening, counted: (k,), NaN before the first count and
    after the last one.
    """

    place: IntArray
    opening: FloatArray
    counted: FloatArray


def between_counts(moved_at: IntArray, counted_at: IntArray, counted: ArrayLike) -> Period:
    """Which period holds each movement of one stock.

    moved_at: (n,) [us]. counted_at, counted: (c,) instants [us] and stands of its counts, each at
        an instant of its own. What moves at the instant of a count belongs to the period after it.
    Period 0 ends at the first count, period c starts at the last.
    """
    stands = np.asarray(counted, dtype=np.float64)
    order = np.argsort(counted_at, kind="stable")
    if len(stands) != len(counted_at) or (np.diff(np.asarray(counted_at)[order]) == 0).any():
        raise ValueError("each count needs a stand and an instant of its own")
    place = np.searchsorted(np.asarray(counted_at)[order], moved_at, side="right")
    unknown = np.array([np.nan])
    opening = np.concatenate([unknown, stands[order]])
    return Period(place.astype(np.int64), opening, np.concatenate([stands[order], unknown]))


@dataclass(frozen=True)
class Steps:
    """Genealogy: which lot went into which, (k,) each, distinct and in order."""

    order: tuple[str, ...]
    lot_in: tuple[str, ...]
    lot_out: tuple[str, ...]


def genealogy(
    issued_order: ArrayLike, issued_lot: ArrayLike, made_order: ArrayLike, made_lot: ArrayLike
) -> Steps:
    """Lots joined by the order that took the one and made the other.

    issued_order, issued_lot: (n,) of what was issued. made_order, made_lot: (m,) of what was made.
    An order that only took or only made is no step. Empty orders and lots (nobody said) are left
    out: lots are never joined by a gap.
    """
    made: dict[str, list[str]] = {}
    for order, lot in _pairs(made_order, made_lot):
        made.setdefault(order, []).append(lot)
    taken = _pairs(issued_order, issued_lot)
    steps = [(order, lot, out) for order, lot in taken for out in made.get(order, ())]
    return Steps(*(tuple(step[i] for step in steps) for i in range(3)))


def _pairs(order: ArrayLike, lot: ArrayLike) -> list[tuple[str, str]]:
    orders, lots = np.asarray(order, dtype=np.str_), np.asarray(lot, dtype=np.str_)
    pairs = set(zip(orders.tolist(), lots.tolist(), strict=True))
    return sorted((o, each) for o, each in pairs if o and each)
