"""OPC UA values as a table: what UaExpert and gateways write as CSV.

Source: columns of UaExpert's Data Access and History views.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.opcua.marks import node_id, status
from casparian.formats.opcua.tables import UNNAMED, VALUES
from casparian.formats.opcua.variants import of, type_name
from casparian.reading.table import Fields, TableFormat

_NO_TIME = datetime(1601, 1, 2, tzinfo=UTC)  # MinValue of either calendar is no time
_TIMES = ("source_timestamp", "timestamp", "server_timestamp")  # the value's own before others


class Values:
    """Silver columns of a value: number and text by its type, quality by its status code."""

    def fields(self, found: Fields, units: Mapping[str, str]) -> Fields:
        """A time before 1601 stands for none; no status code means Good, as in the standard."""
        known = (_known(found[name]) for name in _TIMES)
        types = found["data_type"].to_pylist()
        texts = found["value"].to_pylist()
        said = [_said(text, type_) for text, type_ in zip(texts, types, strict=True)]
        codes = found["status_code"].to_pylist()
        return {
            "timestamp": pc.coalesce(*known),
            "source_timestamp": found["source_timestamp"],
            "server_timestamp": found["server_timestamp"],
            "node_id": pa.array(map(node_id, found["node_id"].to_pylist()), pa.string()),
            "origin": pc.fill_null(found["origin"], UNNAMED),
            "display_name": found["display_name"],
            "value": pa.array([number for number, _ in said], pa.string()),
            "value_text": pa.array([text for _, text in said], pa.string()),
            "data_type": pa.array([type_name(each) for each in types], pa.string()),
            "quality": pa.array([status(code)[1] for code in codes], pa.string()),
            "status_code": found["status_code"],
        }

    def derived(self, found: Fields) -> Iterable[tuple[pa.Array, Fields]]:
        return ()

    def notes(self) -> Iterable[str]:
        return ()


def _known(times: pa.Array) -> pa.Array:
    return pc.if_else(pc.greater(times, pa.scalar(_NO_TIME, times.type)), times, None)


def _said(text: str | None, type_: str | None) -> tuple[str | None, str | None]:
    """Number and text of a cell: a table has no quotes to tell text from number."""
    if text is None:
        return None, None
    if text.lower() in ("true", "false") and type_ in (None, "Boolean"):
        return str(int(text.lower() == "true")), text.lower()
    said = of(text, type_ if type_ else None if _is_integer(text) else "Double")
    exact = said.number is not None and len(said.number.lstrip("-")) <= 15
    return said.number, None if exact else said.text


def _is_integer(text: str) -> bool:
    return text.lstrip("-").isdecimal()


VALUES_CSV = TableFormat(
    name="opcua_csv",
    table=VALUES,
    summary="OPC UA values as CSV: node, value, status code, source and server time",
    contract="opcua",
    header={
        "node_id": ("nodeid", "node id", "node", "itemid", "item id"),
        "display_name": ("displayname", "display name", "name", "browsename"),
        "value": ("val",),
        "data_type": ("datatype", "data type", "type", "builtintype"),
        "source_timestamp": ("sourcetimestamp", "source time", "sourcetime"),
        "server_timestamp": ("servertimestamp", "server time", "servertime"),
        "timestamp": ("time", "datetime", "originaltimestamp"),
        "status_code": ("statuscode", "status code", "status", "quality"),
        "origin": ("server", "serveruri", "endpoint", "endpointurl", "applicationuri"),
    },
    required=("node_id", "value", ("source_timestamp", "server_timestamp", "timestamp")),
    times=_TIMES,
    numbers=("value",),
    shaping=Values,
    vendor=("nodeid", ("sourcetimestamp", "servertimestamp", "statuscode", "sourcetime")),
)
