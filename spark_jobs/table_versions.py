"""Tables of a lake as they were at some versions, each opened once: that reads Delta's log."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.dataset as pads
from deltalake import DeltaTable

from casparian.lake.store import Lake

ABSENT = -1  # the version of a table that is not there


class Versions:
    """What a search asks of tables. Raises DeltaError where a version is no longer there."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._now: dict[str, int] = {}
        self._opened: dict[tuple[str, int], DeltaTable] = {}
        self._files: dict[tuple[str, int], frozenset[str]] = {}

    def now(self, address: str) -> int:
        """The version that a table had when it was first asked for."""
        if address not in self._now:
            table = self.lake.delta(address)
            self._now[address] = ABSENT if table is None else table.version()
            if table is not None:
                self._opened[address, table.version()] = table
        return self._now[address]

    def at(self, address: str, version: int) -> DeltaTable:
        """A table as it was at a version."""
        if (address, version) not in self._opened:
            uri, options = self.lake.table_uri(address), self.lake.options or None
            opened = DeltaTable(uri, version=version, storage_options=options)
            self._opened[address, version] = opened
        return self._opened[address, version]

    def actions(self, address: str, version: int) -> pa.Table:
        """A version's files with their statistics, a column each."""
        return pa.table(self.at(address, version).get_add_actions(flatten=True))

    def files(self, address: str, version: int) -> frozenset[str]:
        """The paths of a version's files; none where there was no table."""
        if version < 0:
            return frozenset()
        if (address, version) not in self._files:
            paths = self.at(address, version).get_add_actions()["path"].to_pylist()
            self._files[address, version] = frozenset(paths)
        return self._files[address, version]

    def data(self, address: str, version: int, paths: Sequence[str] | None = None) -> pads.Dataset:
        """The rows of these files of a version, or of all."""
        return self.lake.files_of(address, self.at(address, version), paths)
