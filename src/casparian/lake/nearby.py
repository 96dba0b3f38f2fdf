"""Which files and rows of a table may hold some keys: what a day costs is not to grow with the
files of all days before.

Files are told by Delta's log, none is opened; rows by what row groups say of themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import reduce
from operator import and_, or_

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

Bounds = Mapping[str, tuple[pa.Scalar, pa.Scalar]]  # column → the least and the greatest value
ROUNDED = timedelta(seconds=1)  # what statistics may leave out of an instant
MOST_GROUPS = 32  # of keys that are told apart by their first columns
EDGES = {"low": "min", "high": "max"}  # of a group's values in a column
GAPS = 8  # between groups of keys; each makes the condition longer for every row group


def files_within(table: DeltaTable, bounds: Bounds) -> list[str]:
    """Paths of the files that may hold a row with all columns within these bounds."""
    actions = _actions(table)
    near = pa.array([True] * actions.num_rows, pa.bool_())
    for name, (least, greatest) in bounds.items():
        if (edges := _edges(actions, name)) is not None:
            apart = pc.or_(pc.less(edges["high"], least), pc.greater(edges["low"], greatest))
            near = pc.and_(near, pc.invert(pc.fill_null(apart, False)))
    return list(actions["path"].filter(near).to_pylist())


def bounds_of(table: DeltaTable, files: Collection[str], columns: Iterable[str]) -> Bounds:
    """Between what the rows of these files lie; columns with a null or unknown are left out."""
    actions = _actions(table)
    mine = actions.filter(pc.is_in(actions["path"], pa.array(list(files), pa.string())))
    found = {}
    for name in columns:
        edges = _edges(mine, name)
        if edges is None or not mine.num_rows or edges["low"].null_count + edges["high"].null_count:
            continue
        nulls = f"null_count.{name}"
        if nulls not in mine.column_names or pc.all(pc.equal(mine[nulls], 0)).as_py():
            found[name] = pc.min(edges["low"]), pc.max(edges["high"])
    return found


def _actions(table: DeltaTable) -> pa.Table:
    return pa.table(table.get_add_actions(flatten=True))


def _edges(actions: pa.Table, name: str) -> pa.Table | None:
    """Each file's least (low) and greatest value (high) of a column, null where nobody knows."""
    kept_under, low, high = (f"{what}.{name}" for what in ("partition", "min", "max"))
    if kept_under in actions.column_names:
        return pa.table([actions[kept_under], actions[kept_under]], ["low", "high"])
    if not {low, high} <= set(actions.column_names):
        return None
    edges = actions[low], actions[high]
    if pa.types.is_timestamp(actions[low].type):
        edges = pc.subtract(edges[0], pa.scalar(ROUNDED)), pc.add(edges[1], pa.scalar(ROUNDED))
    return pa.table(list(edges), ["low", "high"])


class Surroundings:
    """What is true of all rows that have one of some keys, and of few others.

    names: the columns of the key. Keys are told apart by as many of the first columns as make no
    more than MOST_GROUPS groups (a plant's agents), and where the next one counts (sequences) also
    by its GAPS widest gaps: an old key among new ones spares what lies between. Some numbers are
    held of each group, however many keys there are.
    """

    def __init__(self, names: Sequence[str]):
        self.names, self.apart = list(names), len(names)
        self._spans: pa.Table | None = None

    def add(self, keys: pa.Table) -> None:
        """More keys, each with all of its columns, coded or plain."""
        edges = [_uncoded(keys[name]) for name in self.names] * 2
        spans = pa.table(edges, [f"{name}.{edge}" for edge in EDGES for name in self.names])
        if self._spans is not None:
            spans = pa.concat_tables([self._spans, spans])
        self._spans = self._grouped(spans) if spans.num_rows else spans

    def _grouped(self, spans: pa.Table) -> pa.Table:
        while self._groups(spans) > MOST_GROUPS:
            self.apart -= 1
        low = [f"{name}.low" for name in self.names[: self.apart + 1]]
        spans = spans.sort_by([(name, "ascending") for name in low])
        begins = np.zeros(spans.num_rows, dtype=bool)
        for name in low[: self.apart]:
            values = spans[name].combine_chunks()
            begins[1:] |= pc.not_equal(values[1:], values[:-1]).to_numpy(zero_copy_only=False)
        begins[_widest(spans, self.names[self.apart :], begins)] = True
        how = [(f"{name}.{edge}", EDGES[edge]) for edge in EDGES for name in self.names]
        group = pa.array(np.cumsum(begins))
        found = spans.append_column("group", group).group_by("group").aggregate(how)
        return pa.table([found[f"{name}_{edge}"] for name, edge in how], spans.column_names)

    def _groups(self, spans: pa.Table) -> int:
        by = [f"{name}.low" for name in self.names[: self.apart]]
        return int(spans.group_by(by).aggregate([]).num_rows) if by else 1

    def expression(self) -> pc.Expression:
        """The condition on a row; false where there are no keys."""
        spans = [] if self._spans is None else self._spans.to_pylist()
        return reduce(or_, map(self._within, spans), pc.scalar(False))

    def _within(self, span: Mapping[str, object]) -> pc.Expression:
        each = (_between(pc.field(n), span[f"{n}.low"], span[f"{n}.high"]) for n in self.names)
        return reduce(and_, each)


def _widest(spans: pa.Table, rest: Sequence[str], begins: np.ndarray) -> np.ndarray:
    """Where the widest gaps of the next column end; nowhere where it does not count.

    begins: bool[n] where a group begins already.
    """
    if not rest or not pa.types.is_integer(spans[f"{rest[0]}.low"].type):
        return np.zeros(0, dtype=np.int64)
    low, high = (spans[f"{rest[0]}.{edge}"].to_numpy() for edge in EDGES)
    gaps = np.where(begins[1:], 0, low[1:] - high[:-1])
    widest = np.argsort(gaps)[::-1][:GAPS]
    return widest[gaps[widest] > 1] + 1


def _between(column: pc.Expression, low: object, high: object) -> pc.Expression:
    return column == low if low == high else (column >= low) & (column <= high)


def _uncoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
