"""Compacting: many small files of a table become few, so that the next landing stays quick.

Each landing adds a file to a table. Who lands every few seconds would soon spend the time on
opening files. The rows and the log's transactions stay; old files stay on disk for older versions.

Rows whose key has no time are laid in the order of the key on the way: a landing, which asks
whether keys are there already, then leaves all row groups alone but those around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from casparian.lake import rollup
from casparian.lake.parts import ROW_GROUP
from casparian.lake.rewrite import DataFile, files, is_plain, swap, write, writer
from casparian.lake.settle import FRUGAL
from casparian.lake.store import Lake
from casparian.lake.z_order import in_order, mark, stack

if TYPE_CHECKING:
    from deltalake import DeltaTable

LANDING_BYTES = 32 << 20  # the target size of tables that are landed in
MANY = 50  # small files that a table may have
WORTH = 8  # files fewer: for less, a table is not written anew
UNSORTED = 16  # part of the target size: less does not need its order yet
KEYED_GROUP = 1 << 14  # rows of a row group that lies by key: a landing reads it for one of them
MADE_WHOLE = (rollup.HOURLY, rollup.DAILY)  # a file a month, made anew whenever its month changes


def compact(lake: Lake, many: int = MANY) -> list[str]:
    """Compact the tables of more than `many` small files; their addresses.

    A table that another process writes meanwhile is left for the next time. Raises LakeError as
    any commit.
    """
    return [address for address in lake.addresses() if _compacted(lake, address, many)]


def _compacted(lake: Lake, address: str, many: int) -> bool:
    table = lake.delta(address)
    if table is None or address in MADE_WHOLE or address.startswith("gold"):
        return False
    if sum(is_small(file, LANDING_BYTES) for file in files(table)) <= many:
        return False
    return compact_table(lake, address, LANDING_BYTES, worth=1)


def bins(
    files: Sequence[DataFile], target_bytes: int, worth: int = WORTH, by: Sequence[str] = ()
) -> list[list[DataFile]]:
    """Files that are to become one, each list up to the target size; none where too little is won.

    Files of at least half the target are left as they are. Neighbours in time stay neighbours.
    worth: files that there must be fewer. by: columns in whose order rows are to lie; large files
    are written anew for that once, small ones where they are more than a sixteenth of the target.
    """
    name = key_order(by) if by else ""
    loose = {file.path: file.size for file in files if not file.path.startswith(name)}
    chosen = [file for file in files if file.path in loose or is_small(file, target_bytes)]
    groups = [group for part in _by_partition(chosen) for group in _filled(part, target_bytes)]
    found = [group for group in groups if len(group) > 1 or group[0].path in loose]
    won = sum(len(group) - 1 for group in found) >= worth
    return found if won or sum(loose.values()) * UNSORTED > target_bytes else []


def key_order(by: Sequence[str]) -> str:
    """How names of files begin whose rows lie by this key."""
    return mark(by, "k")


def is_small(file: DataFile, target_bytes: int) -> bool:
    return file.size < target_bytes / 2


def _by_partition(files: Sequence[DataFile]) -> Iterator[list[DataFile]]:
    parts: dict[object, list[DataFile]] = {}
    for file in files:
        parts.setdefault(file.partition, []).append(file)
    yield from parts.values()


def _filled(files: Sequence[DataFile], target_bytes: int) -> list[list[DataFile]]:
    found: list[list[DataFile]] = []
    room = 0
    for file in files:
        if file.size > room:
            found.append([])
            room = target_bytes
        found[-1].append(file)
        room -= file.size
    return found


def compact_table(
    lake: Lake, address: str, target_bytes: int, worth: int = WORTH, by: Sequence[str] = ()
) -> bool:
    """Compact one table to this size; whether anything was to do.

    by: columns in whose order the rows are to lie, of a table whose files are its rows.
    Tables of files that are their rows are written anew here, a file at a time; those with
    partitions or deletion vectors, which others write, by delta-rs, which knows both.
    Raises LakeError where the lake cannot be written.
    """
    table = lake.delta(address)
    groups = bins(files(table), target_bytes, worth, by) if table else []
    if table is None or not groups:
        return False
    if is_plain(table):
        for group in groups:
            _as_one(lake, address, table, group, target_bytes, by)
    else:
        table.optimize.compact(target_size=target_bytes, max_concurrent_tasks=1)
    return True


def _as_one(
    lake: Lake,
    address: str,
    table: DeltaTable,
    group: Sequence[DataFile],
    target_bytes: int,
    by: Sequence[str],
) -> None:
    data = lake.files_of(address, table, [file.path for file in group])
    prefix = key_order(by) if by else "part"
    into = writer(
        lake, address, table, group, target_bytes=2 * target_bytes, prefix=prefix, counted=by,
        group=KEYED_GROUP if by else ROW_GROUP,
    )  # fmt: skip
    rows = sum(file.rows or 0 for file in group)
    ordered = in_order(data, by, rows, stack) if by else data.scanner(**FRUGAL).to_batches()
    parts = write(into, ordered)
    swap(lake, address, group, parts, {"casparian.compact": f"{len(group)} files"})
