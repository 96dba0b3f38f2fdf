"""Tags of AVEVA Historian: the REST entity Tags, rows of the tables Tag and AnalogTag.

Source: AVEVA Historian REST API, entity Tags; AVEVA Historian Database Reference, AnalogTag.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.aveva.values import NUMBER
from casparian.reading.table import Fields, TableFormat

_TYPES = {"analog": "float", "discrete": "int", "string": "string", "1": "float", "2": "int"}
_TYPES |= {"3": "string", "event": "string", "analogsummary": "float", "statesummary": "string"}
_SILVER = ("description", "units", "range_low", "range_high")


class TagRows:
    """Silver columns of a tag; the type in the words of the tag list, the rate in seconds."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        made = {name: _nulled(found[name]) for name in _SILVER}
        words = found["data_type"].to_pylist()
        kinds = [_TYPES.get((each or "").strip().lower(), each) for each in words]
        fits = pc.fill_null(pc.match_substring_regex(found["rate_ms"], NUMBER), False)
        rate = pc.utf8_trim_whitespace(pc.if_else(fits, found["rate_ms"], None)).cast(pa.float64())
        seconds = pc.divide(pc.if_else(pc.greater(rate, 0), rate, None), 1000.0)
        return made | {
            "tag_name": pc.coalesce(_nulled(found["fqn"]), _nulled(found["tag_name"])),
            "data_type": pa.array(kinds, pa.string()),
            "interval_s": seconds.cast(pa.string()),
        }

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()


def _nulled(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_in(column, pa.array(["(null)", "NULL", "null"])), None, column)


TAGS = TableFormat(
    name="aveva_tags",
    table="historian_tags",
    summary="AVEVA Historian (Wonderware): tags with description, unit and range",
    contract="historian",
    stage=0,
    header={
        "fqn": (),
        "tag_name": ("tagname",),
        "description": (),
        "units": ("engineering unit", "engineeringunit", "engunit", "unit", "eu", "euname"),
        "range_low": ("min", "mineu", "minimum", "min eu"),
        "range_high": ("max", "maxeu", "maximum", "max eu"),
        "data_type": ("tagtype", "tag type", "tagdatatype", "type"),
        "rate_ms": ("storagerate", "acquisitionrate", "samplingrate"),
    },
    required=(
        ("fqn", "tag_name"),
        ("description", "range_low"),
        ("units", "data_type", "rate_ms"),
    ),
    numbers=("range_low", "range_high"),
    shaping=TagRows,
    vendor=(
        ("fqn", "tagname"),
        (
            *("engineeringunit", "engunit", "tagtype", "mineu", "acquisitiontype"),
            *("eukey", "integraldivisor", "tagdatatype"),
        ),
        ("description", "mineu", "min", "minraw"),
    ),
)
