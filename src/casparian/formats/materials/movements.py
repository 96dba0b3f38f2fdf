"""Movements by document and item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.table import Fields

COLUMNS = (
    "movement_id", "timestamp", "material_id", "lot", "from_location", "to_location", "quantity",
    "unit", "order_id", "movement_type",
)  # fmt: skip


class Movements:
    """One file's movements; of a document with items each is one."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `material_movements`."""
        columns = {name: found[name] for name in COLUMNS}
        numbered = pc.binary_join_element_wise(found["movement_id"], found["item"], "/")
        columns["movement_id"] = pc.coalesce(numbered, found["movement_id"])
        return columns

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()
