"""Documents without observations, XML or JSON: Devices, Assets and Errors as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element

from casparian.formats.mtconnect import assets, device_columns, devices
from casparian.formats.mtconnect.header import DOCUMENTS, Header, made
from casparian.reading.base import Damage, UnreadableFile
from casparian.reading.records import Columns, Record
from casparian.reading.xml_stream import elements, local

COLUMNS: dict[str, Columns] = {**device_columns.COLUMNS, **assets.COLUMNS}
GROUPS = {
    "Devices": "MTConnectDevices",
    "Assets": "MTConnectAssets",
    "Errors": "MTConnectError",
}
DAMAGED = {  # the table that a document's damage goes to
    "MTConnectDevices": device_columns.DATA_ITEMS,
    "MTConnectAssets": assets.ASSETS,
    "MTConnectError": assets.ERRORS,
}


def records(document: str, part: Element, header: Header, number: int) -> Iterator[Record]:
    """The records of one device, asset or error, the `number`-th of its document."""
    if document == "MTConnectDevices":
        yield from devices.device_records(part, header)
    elif document == "MTConnectAssets":
        yield assets.asset_record(part, header)
    else:
        yield assets.error_record(part, header, number)


def read_asset(stream: BinaryIO, root: str) -> Iterator[Record | Damage]:
    """The record of an asset that is the whole file."""
    for _, asset in elements(stream, {root}):
        yield assets.asset_record(asset, Header(""))


def read_xml(stream: BinaryIO) -> Iterator[Record | Damage]:
    """The records of one XML document.

    One that ends early gives damage behind what was read. Raises UnreadableFile where nothing was.
    """
    header, name, number = Header(""), "MTConnectError", 0
    try:
        for ancestors, part in elements(stream, {"Header", "Error"}, DOCUMENTS, GROUPS):
            if not ancestors:
                header, name = Header(local(part.tag)), local(part.tag)
            elif local(part.tag) == "Header" and len(ancestors) == 1:
                header = made(name, part.attrib)
            else:
                number += 1
                yield from records(name, part, header, number)
    except UnreadableFile as error:
        if not number:
            raise
        yield Damage(DAMAGED[name], 0, "damaged_file", "", str(error))
