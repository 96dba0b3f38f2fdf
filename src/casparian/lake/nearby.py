"""Which files of a table may hold rows within some bounds, by what Delta's log tells of them.

No file is opened: what a day costs is not to grow with the files of all days before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

Bounds = Mapping[str, tuple[pa.Scalar, pa.Scalar]]  # column → the least and the greatest value
ROUNDED = timedelta(seconds=1)  # what statistics may leave out of an instant


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
