"""Findings of a defect log: each with an identity, and one defect where no count is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from casparian.reading.identity import ByContent
from casparian.reading.table import Fields

COLUMNS = (
    "defect_id", "detected_at", "part_number", "serial", "lot", "order_id", "defect_code", "defect",
    "count", "inspected_count", "severity", "location", "station", "machine_id", "line_id", "shift",
    "inspector", "disposition", "cause", "comment",
)  # fmt: skip
_TOLD_BY = tuple(name for name in COLUMNS if name not in ("defect_id", "disposition", "comment"))


class Findings:
    """A log without ids: equal findings of a file are told apart by their number among equals."""

    def __init__(self) -> None:
        self.made = ByContent()
        self.counted = True

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """The columns of `defects`."""
        self.counted &= found["count"].null_count < len(found["count"])
        records = pa.record_batch(found).to_pylist()
        for record in records:
            record["defect_code"] = record["defect_code"] or record["defect"]
            record["count"] = record["count"] if self.counted else "1"
            record["defect_id"] = record["defect_id"] or self.made.of(
                record[name] for name in _TOLD_BY
            )
        made = {name: [each[name] for each in records] for name in COLUMNS}
        kinds = {"detected_at": found["detected_at"].type}
        return {name: pa.array(each, kinds.get(name, pa.string())) for name, each in made.items()}

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        if not self.counted:
            yield "The log has no counts: each finding was taken as one defect."
