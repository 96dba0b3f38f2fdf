"""The tables of OPC UA: bronze and silver columns, and the record of one value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from casparian.formats.opcua import marks, variants
from casparian.reading.base import Damage
from casparian.reading.records import Columns, Record

VALUES, NODES, CODES = "opc_values", "opc_nodes", "opc_status_codes"
SHOWN = 2000  # characters of what is no record
COLUMNS = {
    VALUES: Columns(
        raw=(
            *("origin", "node_id", "display_name", "value", "data_type", "status_code"),
            *("source_timestamp", "server_timestamp", "message_timestamp", "publisher_id"),
            *("writer_id", "writer_name", "sequence_number", "message_type", "message_id"),
            "metadata_version",
        ),
        fields=(
            *("timestamp", "node_id", "origin", "display_name", "source_timestamp"),
            *("server_timestamp", "value", "value_text", "data_type", "quality", "status_code"),
            *("publisher_id", "writer_id", "writer_name", "sequence_number", "message_type"),
        ),
        times=("timestamp", "source_timestamp", "server_timestamp"),
    ),
    NODES: Columns(
        raw=(
            *("node_id", "browse_name", "display_name", "node_class", "data_type"),
            *("parent_node_id", "description", "value_rank", "access_level", "value"),
            "references",
        ),
        fields=(
            *("node_id", "namespace_uri", "browse_name", "display_name", "node_class"),
            *("data_type", "parent_node_id", "reference_type", "type_definition", "path"),
            *("description", "value_rank", "access_level", "value_text"),
        ),
    ),
}
UNNAMED = "unnamed"


def text(value: Any) -> str | None:
    """A JSON value as bronze keeps it; None for null and for empty text."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def value_record(
    about: Mapping[str, str | None],
    value: Any,
    held: Mapping[str, Any],
    type_: Any = None,
    extra: Mapping[str, str | None] | None = None,
) -> Record:
    """One value of a node or field.

    about: what is known of it by column. value: plain or a Variant. held: the members of its
    DataValue: StatusCode or Status, SourceTimestamp, ServerTimestamp.
    """
    said = variants.of(value, type_)
    written = held.get("StatusCode", held.get("Status", held.get("Quality")))
    code, quality = marks.status(written)
    source, server = held.get("SourceTimestamp"), held.get("ServerTimestamp")
    source_at, server_at = marks.instant(source), marks.instant(server)
    raw = {
        **about,
        "value": text(value),
        "data_type": said.type,
        "status_code": text(written),
        "source_timestamp": text(source) if source_at else _unread(source),
        "server_timestamp": text(server) if server_at else _unread(server),
    }
    at = source_at or server_at or marks.instant(about.get("message_timestamp"))
    fields = {
        **about,
        "timestamp": at,
        "source_timestamp": source_at,
        "server_timestamp": server_at,
        "value": said.number,
        "value_text": said.text,
        "data_type": said.type,
        "quality": quality,
        "status_code": code,
    }
    return Record(VALUES, {**extra, **raw} if extra else raw, fields)


def _unread(time: Any) -> str | None:
    """What stands for a time and is none, so that it is said; MinValue stands for no time."""
    return None if isinstance(time, str) and time.startswith(marks.MIN_VALUE) else text(time)


def damage(what: Any, detail: str) -> Damage:
    """Something in the file that is no value."""
    return Damage(VALUES, 0, "damaged_record", (text(what) or "")[:SHOWN], detail)
