"""What a Delta table's log tells beside its files: its length, what was deleted, what was done.

The files themselves come from delta-rs. It does not tell of deletion vectors, of files that went
and of the length of the log, so these are read here: two columns of the last checkpoint, batch by
batch, and the commits since. Source: Delta Transaction Log Protocol, sections Actions and
Checkpoints.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq

LOG = "_delta_log"
LOOK_BACK = 100  # commits whose operation is looked at
LONG_BYTES = 1 << 20  # a commit of so many files is not looked through for its operation
_COMMIT = re.compile(r"(\d{20})\.json$")
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d{10}\.\d{10})?\.parquet$")
_OPERATIONS = {
    "OPTIMIZE": "optimize",
    "VACUUM END": "vacuum",
}  # Spark's, Trino's and delta-rs' word


@dataclass
class DeltaLog:
    """What a table's log tells.

    commits: since the last checkpoint. log_files: commits and checkpoints that are kept.
    deleted_rows: marked by deletion vectors, still in the files. removed_files: by path, their
    bytes as far as the log has them; None for both where the checkpoint cannot be read.
    done: operation → when it was last done, as far as the newest commits tell.
    """

    version: int = 0
    commits: int = 0
    log_files: int = 0
    deleted_rows: int | None = 0
    removed_files: int | None = 0
    removed_bytes: int | None = 0
    done: dict[str, datetime] = field(default_factory=dict)


def read_log(store: pafs.FileSystem, table: str) -> DeltaLog:
    """The log of a table, given by its folder. Reads names, newest commits, last checkpoint."""
    infos = store.get_file_info(pafs.FileSelector(f"{table}/{LOG}", allow_not_found=True))
    commits = sorted(
        (int(m[1]), info.path, info.size) for info in infos if (m := _COMMIT.search(info.path))
    )
    points = [(int(m[1]), info.path) for info in infos if (m := _CHECKPOINT.search(info.path))]
    last = max((version for version, _ in points), default=-1)
    since = [path for version, path, _ in commits if version > last]
    tail = _Tail()
    for path in since:
        tail.count(store, path)
    for _, path, size in commits[-LOOK_BACK:]:
        if size < LONG_BYTES:
            tail.look(store, path)
    found = _State(tail)
    found.add_checkpoint(store, [path for version, path in points if version == last])
    version = max(commits[-1][0] if commits else -1, last)
    return DeltaLog(
        version, len(since), len(commits) + len(points), *found.totals(), done=tail.done
    )


class _Tail:
    """The commits since the checkpoint; the newest word on a path is the one that counts."""

    def __init__(self) -> None:
        self.deleted: dict[str, int] = {}  # path of a file that was added → rows marked deleted
        self.removed: dict[str, int] = {}  # path of a file that went → its bytes
        self.done: dict[str, datetime] = {}

    def count(self, store: pafs.FileSystem, path: str) -> None:
        """The files that a commit since the checkpoint added and removed."""
        added: dict[str, int] = {}
        for action in _actions(store, path, ('{"add"', '{"remove"')):
            if gone := action.get("remove"):
                self.deleted.pop(gone["path"], None)
                self.removed[gone["path"]] = gone.get("size") or 0
            else:
                new = action["add"]
                added[new["path"]] = _cardinality(new.get("deletionVector"))
        for name in added:  # a file with a new deletion vector is removed and added in one commit
            self.removed.pop(name, None)
        self.deleted |= added

    def look(self, store: pafs.FileSystem, path: str) -> None:
        """What the commit did."""
        for action in _actions(store, path, ('{"commitInfo"',)):
            self._operation(action["commitInfo"])

    def _operation(self, info: dict[str, Any]) -> None:
        name, at = _OPERATIONS.get(str(info.get("operation"))), info.get("timestamp")
        if name and isinstance(at, int):
            self.done[name] = datetime.fromtimestamp(at / 1000, UTC)


def _actions(store: pafs.FileSystem, path: str, marks: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The actions of a commit whose line begins with one of the marks."""
    with io.TextIOWrapper(store.open_input_stream(path), "utf-8") as lines:
        for line in lines:
            if line.startswith(marks):
                yield json.loads(line)


def _cardinality(vector: dict[str, Any] | None) -> int:
    return int(vector["cardinality"]) if vector else 0


class _State:
    """Checkpoint and tail together."""

    def __init__(self, tail: _Tail):
        self.tail = tail
        self.deleted, self.removed, self.bytes = sum(tail.deleted.values()), 0, 0
        self.removed, self.bytes = len(tail.removed), sum(tail.removed.values())
        self.known = True

    def add_checkpoint(self, store: pafs.FileSystem, paths: list[str]) -> None:
        for path in paths:
            with pq.ParquetFile(path, filesystem=store) as file:
                if not {"add", "remove"} <= set(file.schema_arrow.names):
                    self.known = False  # a V2 checkpoint: its files are named in sidecars
                    return
                for batch in file.iter_batches(1 << 14, columns=_columns(file.schema_arrow)):
                    self._batch(batch)

    def _batch(self, batch: pa.RecordBatch) -> None:
        for added in _there(batch, "add"):
            if added.get("deletionVector") and not self._told(added["path"]):
                self.deleted += _cardinality(added["deletionVector"])
        for gone in _there(batch, "remove"):
            if not self._told(gone["path"]):
                self.removed, self.bytes = self.removed + 1, self.bytes + (gone.get("size") or 0)

    def _told(self, path: str) -> bool:
        return path in self.tail.removed or path in self.tail.deleted

    def totals(self) -> tuple[int | None, int | None, int | None]:
        return (self.deleted, self.removed, self.bytes) if self.known else (None, None, None)


def _columns(schema: pa.Schema) -> list[str]:
    """The few leaves that are wanted, of what the checkpoint has."""
    wanted = {"add": ("path", "deletionVector"), "remove": ("path", "size")}
    return [
        f"{action}.{name}"
        for action, names in wanted.items()
        for name in names
        if schema.field(action).type.get_field_index(name) >= 0
    ]


def _there(batch: pa.RecordBatch, action: str) -> list[dict[str, Any]]:
    """The rows of one kind of action. Of adds only those with a deletion vector."""
    column = batch[action]
    if action == "add":
        if column.type.get_field_index("deletionVector") < 0:
            return []
        column = column.filter(column.field("deletionVector").is_valid())
    return column.drop_null().to_pylist()  # type: ignore[no-any-return]
