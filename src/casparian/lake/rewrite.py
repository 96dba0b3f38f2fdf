"""Files of a table written anew with the same rows: what compacting and Z-order have in common.

The rows are read and written beside the running landings; only the commit takes a turn
(`Lake.alone`). It replaces the files if all of them are still the table's, and else nothing: then
somebody else has written them anew, and the next run looks at what there is. The commit says of
each file that no data changed, so that nobody downstream reads the rows again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs as pafs
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from casparian.lake.parts import ROW_GROUP, PartWriter
from casparian.lake.store import RETRIES, Lake, Part, unwritten

# What a table may ask of its readers so that Arrow reads its files as they are.
PLAIN_FEATURES = {
    "timestampNtz", "appendOnly", "invariants", "checkConstraints", "changeDataFeed",
    "generatedColumns", "vacuumProtocolCheck",
}  # fmt: skip


@dataclass(frozen=True)
class DataFile:
    """A file of a table's newest version. path: as the log has it; modified_ms: since 1970."""

    path: str
    size: int
    modified_ms: int
    rows: int | None
    partition: tuple[tuple[str, str | None], ...] = ()


def files(table: DeltaTable) -> list[DataFile]:
    """The table's files, the oldest first."""
    actions = pa.table(table.get_add_actions(flatten=True))
    keys = table.metadata().partition_columns
    columns = [actions[name].to_pylist() for name in ("path", "size_bytes", "modification_time")]
    rows = _column(actions, "num_records")
    partitions = [_column(actions, f"partition.{key}") for key in keys]
    found = [
        DataFile(path, size, _ms(at), count, tuple(zip(keys, map(_text, values), strict=True)))
        for path, size, at, count, *values in zip(*columns, rows, *partitions, strict=True)
    ]
    return sorted(found, key=lambda each: (each.modified_ms, each.path))


def _column(actions: pa.Table, name: str) -> list[object]:
    return actions[name].to_pylist() if name in actions.column_names else [None] * len(actions)


def _ms(value: object) -> int:
    return value if isinstance(value, int) else int(value.timestamp() * 1000)  # type: ignore[attr-defined]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def is_plain(table: DeltaTable) -> bool:
    """Whether its files are its rows: no partitions, no deletion vectors, no mapped columns."""
    features = set(table.protocol().reader_features or ()) | set(
        table.protocol().writer_features or ()
    )
    old = table.protocol().min_writer_version < 7 and table.protocol().min_reader_version < 2
    return not table.metadata().partition_columns and (old or features <= PLAIN_FEATURES)


def writer(
    lake: Lake,
    address: str,
    table: DeltaTable,
    old: Sequence[DataFile],
    *,
    target_bytes: int,
    prefix: str = "part",
    counted: Iterable[str] = (),
    group: int = ROW_GROUP,
) -> PartWriter:
    """What writes these files' rows anew: coded and counted as they are, to the target size.

    group: rows of a row group, at most.
    """
    actions = pa.table(table.get_add_actions(flatten=True))
    known = [n.removeprefix("min.") for n in actions.column_names if n.startswith("min.")]
    known += [n.removeprefix("null_count.") for n in actions.column_names if n[:5] == "null_"]
    schema = _coded(lake, address, pa.schema(table.schema().to_arrow()), old[0])
    names = dict.fromkeys([*known, *counted])
    rows, size = sum(each.rows or 0 for each in old), sum(each.size for each in old)
    most = max(1, int(rows * target_bytes / size)) if rows and size else 1 << 20
    return PartWriter(
        lake, address, schema, list(names), rows=most, prefix=prefix, grouped=True, group=group
    )


def _coded(lake: Lake, address: str, schema: pa.Schema, like: DataFile) -> pa.Schema:
    """The schema with those texts dictionary-coded that are so in an old file."""
    with pq.ParquetFile(path_of(lake, address, like), filesystem=lake.filesystem) as file:
        if not file.metadata.num_row_groups:
            return schema
        group = file.metadata.row_group(0)
        columns = [group.column(place) for place in range(group.num_columns)]
        coded = {c.path_in_schema for c in columns if c.has_dictionary_page}
    kind = pa.dictionary(pa.int32(), pa.string())
    texts = {item.name for item in schema if pa.types.is_string(item.type)} & coded
    return pa.schema([item.with_type(kind) if item.name in texts else item for item in schema])


def path_of(lake: Lake, address: str, file: DataFile) -> str:
    """Where it lies, as the lake's filesystem names it."""
    return f"{lake.folder(address)}/{unquote(file.path)}"


def write(into: PartWriter, batches: Iterable[pa.RecordBatch]) -> list[Part]:
    """The batches as parts; what was written is deleted again where reading or writing fails."""
    try:
        for batch in batches:
            for start in range(0, batch.num_rows, into.most_rows):
                piece = batch.slice(start, into.most_rows)
                into.write(piece, *_sources(piece))
        return into.close()
    except BaseException:
        into.discard()
        raise


def _sources(batch: pa.RecordBatch) -> list[str]:
    if "_source_hash" not in batch.schema.names:
        return []
    found: list[str] = pc.unique(batch["_source_hash"]).drop_null().to_pylist()
    return found


def swap(
    lake: Lake,
    address: str,
    old: Sequence[DataFile],
    new: Sequence[Part],
    about: dict[str, str],
    *,
    changes: bool = False,
    transaction: Transaction | None = None,
) -> bool:
    """Put the parts in the files' place in one commit; False where one of the files is gone.

    about: what the commit says of itself. changes: whether rows were left out. The parts are as old
    as the newest of the files; those of a swap that was not made are deleted. Raises LakeError
    where the lake cannot be written.
    """
    now, written = int(time.time() * 1000), max(each.modified_ms for each in old)
    actions: list[AddAction | RemoveAction] = [
        AddAction(p.path, p.size, {}, written, changes, p.stats) for p in new
    ]
    actions += [RemoveAction(each.path, changes, now, size=each.size) for each in old]
    properties = CommitProperties(
        custom_metadata=about,
        max_commit_retries=0,
        app_transactions=[transaction] if transaction else None,
    )
    for attempt in range(RETRIES):
        with lake.alone():
            table = lake.delta(address)
            there = _paths(table)
            if attempt and _made(table, there, new, transaction):
                return True  # an answer that never came was a yes
            if table is None or not {each.path for each in old} <= there:
                break
            if _committed(table, actions, properties):
                return True
        time.sleep(0.05 * 2 ** min(attempt, 6))
    table = lake.delta(address)
    if _made(table, _paths(table), new, transaction):
        return True
    _delete(lake, address, new)
    return False


def _paths(table: DeltaTable | None) -> set[str]:
    return set(table.get_add_actions()["path"].to_pylist()) if table else set()


def _made(
    table: DeltaTable | None, there: set[str], new: Sequence[Part], transaction: Transaction | None
) -> bool:
    """Whether the swap is in the table: its files' names are of this run alone."""
    if table is None or new:
        return any(part.path in there for part in new)
    if transaction is None:
        return False
    return table.transaction_version(transaction.app_id) == transaction.version


def _committed(
    table: DeltaTable, actions: list[AddAction | RemoveAction], properties: CommitProperties
) -> bool:
    """False where an engine that takes no turns took the version."""
    hooks = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
    try:
        table.create_write_transaction(
            actions, "append", table.schema(), commit_properties=properties,
            post_commithook_properties=hooks,
        )  # fmt: skip
    except CommitFailedError:
        return False
    except (DeltaError, OSError) as error:
        raise unwritten(error) from error
    return True


def _delete(lake: Lake, address: str, parts: Sequence[Part]) -> None:
    for part in parts:
        path = f"{lake.folder(address)}/{part.path}"
        if lake.filesystem.get_file_info(path).type == pafs.FileType.File:
            lake.filesystem.delete_file(path)
