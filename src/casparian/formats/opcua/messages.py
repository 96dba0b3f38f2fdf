"""PubSub messages in JSON: network messages, data set messages, and the fields in them.

Some gateways write members with a small first letter; they mean the same.

Source: OPC UA Part 14 1.04 and 1.05, 7.2.5 (JSON message mapping).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casparian.formats.opcua.runs import Runs
from casparian.formats.opcua.tables import UNNAMED, damage, text
from casparian.formats.opcua.variants import is_data_value, variant_in
from casparian.reading.base import Damage, Note
from casparian.reading.bulk import Bulk
from casparian.reading.records import Record

_WITHOUT_VALUES = (
    *("ua-metadata", "ua-keepalive", "ua-status", "ua-connection", "ua-application"),
    *("ua-endpoints", "ua-action-metadata", "ua-action-responder"),
)
_HEADER = {
    "PublisherId": "publisher_id",
    "DataSetWriterId": "writer_id",
    "DataSetWriterName": "writer_name",
    "SequenceNumber": "sequence_number",
    "MessageId": "message_id",
    "Timestamp": "message_timestamp",
}
_EVENTS = ("ua-event", "ua-condition")


def is_message(entry: Mapping[str, Any]) -> bool:
    """A network message or a data set message that says what it is."""
    kind = entry.get("MessageType", entry.get("messageType"))
    if isinstance(kind, str) and kind.startswith("ua-"):
        return True
    if "Messages" in entry or "Payload" in entry or isinstance(entry.get("payload"), dict):
        return True
    return "DataSetWriterId" in entry and "Value" not in entry  # a sample may name its writer


def _capital(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members as the standard spells them."""
    if all(name[:1].isupper() for name in entry):
        return entry
    return {name[:1].upper() + name[1:]: value for name, value in entry.items()}


class Messages:
    """Turns messages into records; counts those that hold no values."""

    def __init__(self, runs: Runs) -> None:
        self.runs, self.empty = runs, 0

    def notes(self) -> Iterator[Note]:
        if self.empty:
            some = "message holds" if self.empty == 1 else "messages hold"
            yield Note(f"{self.empty:,} {some} no values (keep-alive, metadata or status).")

    def message(
        self, entry: Mapping[str, Any], network: Mapping[str, Any] | None = None
    ) -> Iterator[Record | Bulk | Damage]:
        """A message of either kind. network: members of the network message around it."""
        entry = _capital(entry)
        if "Messages" in entry:
            inner = entry["Messages"]
            for each in inner if isinstance(inner, list) else [inner]:
                if isinstance(each, dict):
                    yield from self.message(each, {**(network or {}), **entry})
                else:
                    yield damage(each, "no message where one belongs")
            return
        payload = entry.get("Payload")
        if payload is None or entry.get("MessageType") in _WITHOUT_VALUES:
            self.empty += 1
        elif not isinstance(payload, dict):
            yield damage(entry, "the payload is no object with a member a field")
        elif not payload:
            self.empty += 1
        else:
            yield from self._fields(entry, network or {}, payload)

    def _fields(
        self, entry: Mapping[str, Any], network: Mapping[str, Any], payload: Mapping[str, Any]
    ) -> Iterator[Record | Bulk]:
        around = _around(entry, network)
        status = entry.get("Status")
        common = {} if status is None else {"Status": status}
        for name, value in payload.items():
            about = {**around, "node_id": name, "display_name": name}
            said = value
            if isinstance(value, dict) and not is_data_value(value):
                said = _capital(value)
            if is_data_value(said):
                held = said if status is None else {"Status": status, **said}
                type_ = said.get("UaType", said.get("Type", said.get("DataType")))
                yield from self.runs.told(about, variant_in(said), held, type_)
            else:
                yield from self.runs.told(about, value, common)


def _around(entry: Mapping[str, Any], network: Mapping[str, Any]) -> dict[str, str | None]:
    """What the headers say of every field of the message."""
    found = {
        column: text(entry.get(member, network.get(member))) for member, column in _HEADER.items()
    }
    kind = text(entry.get("MessageType")) or text(network.get("MessageType"))
    found["message_type"] = kind
    found["metadata_version"] = text(entry.get("MetaDataVersion", entry.get("MinorVersion")))
    group = text(entry.get("WriterGroupName", network.get("WriterGroupName")))
    writer = found["writer_id"] or found["writer_name"]
    origin = "/".join(part for part in (found["publisher_id"], group, writer) if part) or UNNAMED
    if kind in _EVENTS:  # events of one instant are told apart by their number
        origin += f"#{_event(entry) or found['sequence_number'] or ''}"
    found["origin"] = origin
    return found


def _event(entry: Mapping[str, Any]) -> str | None:
    value = entry["Payload"].get("EventId")
    while isinstance(value, dict):
        value = value.get("Body", value.get("Value"))
    return text(value)
