"""Vacuum: files that no version of a table needs any more are deleted, and old entries of its log.

Two kinds go when they are older than the contract's `vacuum_hours`: files that a newer version
replaced, and files that never came into the table because a run was killed while it wrote. The age
is what keeps running landings, builds and queries safe, hence a least one (`contracts.upkeep`).

delta-rs tells which files these are. It takes deletion vectors in use for orphans, so in a table
that has any only files of the first kind go. Nothing is committed: a vacuum never gets in the way
of a landing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow.fs as pafs
from deltalake.exceptions import DeltaError

from casparian.lake.store import Lake, LakeError, unwritten

if TYPE_CHECKING:
    from deltalake import DeltaTable

LOG_RETENTION = "delta.logRetentionDuration"
DELTAS_OWN = "interval 30 days"  # where a table says nothing


def vacuum(lake: Lake, address: str, table: DeltaTable, hours: int) -> int:
    """Delete what is not needed; the number of files. Raises LakeError where it cannot."""
    folder, gone = lake.folder(address), 0
    for name in unneeded(table, hours):
        try:
            gone += _deleted(lake, f"{folder}/{name}")
        except OSError as error:
            raise unwritten(error) from error
    return gone


def _deleted(lake: Lake, path: str) -> bool:
    """Whether the file was there and is not any more."""
    if lake.filesystem.get_file_info(path).type != pafs.FileType.File:
        return False
    lake.filesystem.delete_file(path)
    return True


def unneeded(table: DeltaTable, hours: int) -> list[str]:
    """Paths below the table of the files that would go."""
    features = table.protocol().reader_features or ()
    found = table.vacuum(
        retention_hours=hours, dry_run=True, enforce_retention_duration=False,
        full="deletionVectors" not in features,
    )  # fmt: skip
    needed = {unquote(path) for path in table.get_add_actions()["path"].to_pylist()}
    return sorted(path for path in found if not {path, unquote(path)} & needed)


def trim_log(lake: Lake, address: str, table: DeltaTable, days: int) -> int:
    """Write a checkpoint where there are commits since the last, let old entries go; how many went.

    A commit of a landing names its files, hundreds where a history comes at once, and whoever opens
    the table reads each of these commits until there is a checkpoint.
    """
    before = lake.log(address)
    try:
        if table.metadata().configuration.get(LOG_RETENTION, DELTAS_OWN) != _interval(days):
            table = _keep_log_for(lake, address, days)
        if before.commits:
            table.create_checkpoint()
        table.cleanup_metadata()
    except (DeltaError, OSError) as error:
        raise unwritten(error) from error
    return max(0, before.log_files - lake.log(address).log_files)


def _interval(days: int) -> str:
    return f"interval {days} days"


def _keep_log_for(lake: Lake, address: str, days: int) -> DeltaTable:
    """Say in the table how long its log is kept, which every engine then does."""
    with lake.alone():
        table = lake.delta(address)
        if table is None:
            raise LakeError(f"{address} vanished while its log was looked at.")
        table.alter.set_table_properties({LOG_RETENTION: _interval(days)})
        return table
