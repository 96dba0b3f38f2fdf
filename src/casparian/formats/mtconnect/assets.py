"""MTConnectAssets and MTConnectError: cutting tools, files, fixtures…; what an agent refused.

An asset or an error is a record. What an asset says beyond its identity differs by type and stays
in `content`, as JSON.

Source: MTConnect Standard Part 4.0 and 2.x, Asset Information Model; Part 1.0, MTConnectError.
"""

from __future__ import annotations

import hashlib
import re
from xml.etree.ElementTree import Element

from casparian.formats.mtconnect.entities import content, dumped
from casparian.formats.mtconnect.header import Header
from casparian.reading.peek import Peek
from casparian.reading.records import Columns, Record
from casparian.reading.xml_stream import child_text, local, text_of

ASSETS, ERRORS = "mtc_assets", "mtc_errors"
_ASSET = {
    "assetId": "asset_id",
    "timestamp": "timestamp",
    "deviceUuid": "device_uuid",
    "removed": "removed",
    "serialNumber": "serial_number",
    "toolId": "tool_id",
    "manufacturers": "manufacturers",
    "hash": "hash",
}
_ALONE = re.compile(
    "CuttingTool(Archetype)?|File(Archetype)?|RawMaterial|QIFDocumentWrapper|Fixture|Pallet|"
    "ComponentConfigurationParameters|PhysicalAsset|Part(Archetype)?|Process(Archetype)?|"
    "Task(Archetype)?|(Target|Task)Group"
)
_IDENTITY = re.compile(r"""\sassetId\s*=\s*["'][^"']""")
_OF_ERROR = ("instance_id", "sender", "message", "request_uri")
COLUMNS = {
    ASSETS: Columns(
        ("element", *_ASSET, "instanceId", "content"),
        ("type", *_ASSET.values(), "description", "content_hash", "content"),
        ("timestamp",),
    ),
    ERRORS: Columns(
        ("instanceId", "creationTime", "sender", "element", "errorCode", "text", "content"),
        ("timestamp", "error_code", "error_number", *_OF_ERROR),
        ("timestamp",),
    ),
}


def stands_alone(peek: Peek) -> bool:
    """Whether the file is one asset without a document: as agents are given and tools keep them."""
    root = peek.root
    if root is None or not _IDENTITY.search(root.tag):
        return False
    return "mtconnect" in root.namespace.lower() or _ALONE.fullmatch(root.name) is not None


def asset_record(asset: Element, header: Header) -> Record:
    """The record of one child of Assets."""
    own: dict[str, str | None] = {local(name): value for name, value in asset.attrib.items()}
    whole = dumped(content(asset))
    fields = {silver: own.get(name) or None for name, silver in _ASSET.items()}
    fields |= {
        "type": local(asset.tag),
        "removed": own.get("removed", "false"),
        "description": child_text(asset, "Description"),
        "content_hash": fingerprint(whole),
        "content": whole,
    }
    raw = {"element": local(asset.tag), "instanceId": _instance(header), "content": whole}
    return Record(ASSETS, {**own, **raw}, fields)


def fingerprint(content: str) -> str:
    """16 hexadecimal digits that differ where contents differ."""
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]


def error_record(error: Element, header: Header, number: int) -> Record:
    """The record of one error: `<Error errorCode>text</Error>`, or an element of its own (2.6)."""
    own: dict[str, str | None] = {local(name): value for name, value in error.attrib.items()}
    words = child_text(error, "ErrorMessage") or text_of(error)
    fields = {
        "instance_id": _instance(header),
        "timestamp": header.creation_time,
        "sender": header.sender,
        "error_code": own.get("errorCode"),
        "error_number": str(number),
        "message": words,
        "request_uri": child_text(error, "URI"),
    }
    raw = {
        "instanceId": _instance(header),
        "creationTime": header.creation_time,
        "sender": header.sender,
        "element": local(error.tag),
        "text": words,
        "content": dumped(content(error)) if len(error) else None,
    }
    return Record(ERRORS, {**own, **raw}, fields)


def _instance(header: Header) -> str | None:
    return None if header.instance_id is None else str(header.instance_id)
