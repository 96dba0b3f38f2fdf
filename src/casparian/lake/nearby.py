"""Which files and rows of a table may hold some keys: what a day costs is not to grow with the
files of all days before.

Files are told by Delta's log, none is opened; rows by what row groups say of themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from deltalake import DeltaTable

Bounds = Mapping[str, tuple[pa.Scalar, pa.Scalar]]  # column → the least and the greatest value
ROUNDED = timedelta(seconds=1)  # what statistics may leave out of an instant
MOST_GROUPS = 32  # of keys that are told apart by their first columns
EDGES = {"low": "min", "high": "max"}  # of a group's values in a column
MOST_VALUES = 50_000  # of a column of keys that are held one by one
GAPS = 8  # between groups of keys; each is one more to ask every row group about


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
    """Where rows may be that have one of some keys, and few others are.

    names: the columns of the key. Keys are told apart by as many of the first columns as make no
    more than MOST_GROUPS groups (a plant's agents), and where the next one counts (sequences) also
    by its GAPS widest gaps: an old key among new ones spares what lies between. Some numbers are
    held of each group, however many keys there are, and the values of columns with no more than
    MOST_VALUES.
    """

    def __init__(self, names: Sequence[str]):
        self.names, self.apart = list(names), len(names)
        self._spans: pa.Table | None = None
        self._values: dict[str, pa.Array] = dict.fromkeys(names, pa.nulls(0))

    def add(self, keys: pa.Table) -> None:
        """More keys, each with all of its columns, coded or plain."""
        for name in list(self._values):
            values = pc.unique(_uncoded(keys[name]))
            values = pc.unique(pa.chunked_array([self._values[name].cast(values.type), values]))
            self._values[name] = values
            if len(values) > MOST_VALUES:
                del self._values[name]
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

    def among(self, edges: pa.Table) -> np.ndarray:
        """bool[n] of some groups of rows whether one of the keys may be in each.

        edges: between what the rows of each lie (`name.low`, `name.high`), null where nobody knows.
        """
        near = np.zeros(edges.num_rows, dtype=bool)
        for span in [] if self._spans is None else self._spans.to_pylist():
            near |= self._within(edges, span)
        return near

    def _within(self, edges: pa.Table, span: Mapping[str, object]) -> np.ndarray:
        apart = np.zeros(edges.num_rows, dtype=bool)
        for name in self.names:
            for beyond in (
                pc.greater(edges[f"{name}.low"], span[f"{name}.high"]),
                pc.less(edges[f"{name}.high"], span[f"{name}.low"]),
            ):
                apart |= pc.fill_null(beyond, False).to_numpy()
        return ~apart

    def condition(self, schema: pa.Schema) -> pc.Expression:
        """What is true of all rows with such a key, and of few others: their value in the column
        that tells most keys apart is one of the keys'."""
        told = {n: v for n, v in self._values.items() if v.type == schema.field(n).type}
        if not told:
            return pc.scalar(self._spans is not None)
        name, values = max(told.items(), key=lambda each: len(each[1]))
        return pc.field(name).isin(values)

    def near(self, data: pads.Dataset) -> pads.Dataset:
        """The dataset without the row groups in which none of the keys can be.

        Each is asked by plain comparing: Arrow takes a third of a millisecond to think about one
        where the condition is as long as this.
        """
        files = list(data.get_fragments()) if isinstance(data, pads.FileSystemDataset) else []
        if not files:
            return data
        groups = [_groups(each.metadata, self.names, data.schema) for each in files]
        ends = np.cumsum([each.num_rows for each in groups])
        near = np.split(self.among(pa.concat_tables(groups)), ends[:-1])
        kept = [
            file.subset(row_group_ids=np.flatnonzero(mine).tolist())
            for file, mine in zip(files, near, strict=True)
            if mine.any()
        ]
        return pads.FileSystemDataset(kept, data.schema, data.format, data.filesystem)


def _groups(file: pq.FileMetaData, names: Sequence[str], schema: pa.Schema) -> pa.Table:
    """Between what the rows of each row group of a file lie."""
    places = {file.schema.column(place).path: place for place in range(file.num_columns)}
    groups = [file.row_group(number) for number in range(file.num_row_groups)]
    columns = {}
    for name in names:
        stats = [g.column(places[name]).statistics if name in places else None for g in groups]
        known = [each if each is not None and each.has_min_max else None for each in stats]
        kind = schema.field(name).type
        columns[f"{name}.low"] = pa.array([each and each.min for each in known], kind)
        columns[f"{name}.high"] = pa.array([each and each.max for each in known], kind)
    return pa.table(columns)


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


def _uncoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
