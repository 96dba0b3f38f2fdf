"""Streams documents for tests, written from a few lines of observations."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from casparian.formats.mtconnect.observations import Broke, Observations
from casparian.formats.mtconnect.streams import read_observations
from casparian.reading.base import UnreadableFile

NAMESPACE = "urn:mtconnect.org:MTConnectStreams:2.0"
HEADER = (
    '<Header creationTime="2025-10-25T06:00:00Z" sender="agent" instanceId="17" version="2.0"/>'
)


def document(samples: str = "", events: str = "", conditions: str = "", before: str = "") -> str:
    """A document of one device and one component."""
    categories = "".join(
        f"<{name}>{text}</{name}>"
        for name, text in (("Samples", samples), ("Events", events), ("Condition", conditions))
        if text
    )
    return (
        f'<?xml version="1.0"?>{before}<MTConnectStreams xmlns="{NAMESPACE}">{HEADER}<Streams>'
        '<DeviceStream name="Mill" uuid="mill-1">'
        '<ComponentStream component="Linear" name="X" componentId="x">'
        f"{categories}</ComponentStream></DeviceStream></Streams></MTConnectStreams>"
    )


def sample(sequence: int, text: str = "1.5", item: str = "xpos", second: int = 0) -> str:
    """One sample at 06:00:00 and some seconds."""
    minute, second = divmod(second, 60)
    return (
        f'<Position dataItemId="{item}" sequence="{sequence}" '
        f'timestamp="2025-10-25T06:{minute:02}:{second:02}Z">{text}</Position>'
    )


def rows_of(data: bytes, block_bytes: int = 1 << 20) -> list[dict[str, Any]]:
    """Every observation as a record, and a last one for the reason why reading broke off."""
    rows: list[dict[str, Any]] = []
    try:
        for part in read_observations(BytesIO(data), block_bytes, small=0):
            rows += [{"broke": part.reason}] if isinstance(part, Broke) else _records(part)
    except UnreadableFile as error:
        rows.append({"unreadable": str(error)})
    return rows


def _records(part: Observations) -> list[dict[str, Any]]:
    columns = {"element": part.element, "text": part.text, "children": part.children}
    columns |= {f"@{name}": column for name, column in part.attributes.items()}
    values = {name: column.to_pylist() for name, column in columns.items() if column is not None}
    return [
        {"number": int(part.number[row]), "place": _place(part, row)}
        | {name: column[row] for name, column in values.items() if column[row] is not None}
        for row in range(len(part))
    ]


def _place(part: Observations, row: int) -> tuple[Any, ...]:
    place = part.places[part.place[row]]
    return (place.category, place.instance_id, place.device_uuid, place.component_id)
