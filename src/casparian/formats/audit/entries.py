"""Entries of an audit trail, each with an identity; one without a number is told by its content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from casparian.reading.identity import ByContent
from casparian.reading.table import Fields

COLUMNS = (
    "entry_id", "timestamp", "operator", "operator_name", "workstation", "action", "object",
    "old_value", "new_value", "units", "reason", "comment", "signed_by", "verified_by",
    "signature_meaning", "batch_id", "result",
)  # fmt: skip
TOLD_BY = ("timestamp", "operator", "workstation", "action", "object", "old_value", "new_value",
           "comment", "reason")  # fmt: skip


class Entries:
    """Nothing but the identity is made: a trail is evidence and stays as it was written."""

    def __init__(self) -> None:
        self.made = ByContent()

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `audit_trail`."""
        columns = {name: found[name] for name in COLUMNS}
        if columns["entry_id"].null_count:
            columns["entry_id"] = self._identities(found)
        return columns

    def _identities(self, found: Fields) -> pa.Array:
        told = zip(*(found[name].to_pylist() for name in TOLD_BY), strict=True)
        own = found["entry_id"].to_pylist()
        made = (each or self.made.of(entry) for each, entry in zip(own, told, strict=True))
        return pa.array(list(made), pa.string())

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()
