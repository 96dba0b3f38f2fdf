"""Lists of PI points as CSV: what PI Builder, PI SMT and DataLink's tag search write.

Source: PI Builder User Guide: attributes of a point as column headers.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source
from casparian.reading.peek import Peek
from casparian.reading.table import TableFormat

_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*$"


class PointList(TableFormat):
    """Columns named after the attributes of a PI point."""

    def sniff(self, peek: Peek) -> Sniff:
        known = super().sniff(peek)
        return known if known.confidence >= 0.96 else NO  # else it is any historian's tag list

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        for part in super().read(source):
            yield _ranged(part) if isinstance(part, Batch) else part


def _ranged(batch: Batch) -> Batch:
    """The path, which a list does not have, and the top of the range: zero and span."""
    fields = {name: batch.fields[name] for name in batch.fields.schema.names}
    low, span = (_number(fields[name]) for name in ("range_low", "span"))
    fields["range_high"] = pc.add(low, span).cast(pa.string())
    fields["path"] = pc.coalesce(fields["path"], fields["tag_name"])
    return Batch(batch.table, batch.rows, batch.raw, pa.record_batch(fields))


def _number(text: pa.Array) -> pa.Array:
    fits = pc.match_substring_regex(text, _NUMBER)
    return pc.utf8_trim_whitespace(pc.if_else(fits, text, None)).cast(pa.float64())


POINT_LIST = PointList(
    name="pi_points",
    table="pi_tags",
    summary="list of PI points, as PI Builder writes it: type, units, zero, span",
    contract="pi",
    stage=0,
    header={
        "tag_name": ("tag", "name", "tagname", "point", "pointname"),
        "path": ("point path",),
        "web_id": (),
        "description": ("descriptor", "desc"),
        "units": ("engunits", "engineering units", "uom", "unit"),
        "range_low": ("zero",),
        "span": (),
        "data_type": ("pointtype", "point type", "type"),
        "digital_set": ("digitalset", "digital set name"),
        "point_class": ("ptclassname", "ptclass", "point class"),
        "step": (),
    },
    required=("tag_name",),
    numbers=("range_low", "span"),
    vendor=(
        (
            *("pointtype", "pointsource", "ptclassname", "ptclass", "compdev", "excdev"),
            *("location1", "instrumenttag", "exdesc"),
        ),
        ("engunits", "span", "zero", "digitalset", "descriptor"),
    ),
)
