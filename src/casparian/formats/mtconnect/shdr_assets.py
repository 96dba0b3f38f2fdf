"""What a log says of assets: whole ones, changes to one, removals."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from casparian.formats.mtconnect import assets
from casparian.formats.mtconnect.entities import dumped
from casparian.formats.mtconnect.header import Header
from casparian.formats.mtconnect.shdr_log import Asset
from casparian.reading.records import Record


def asset_record(said: Asset, device_uuid: str, instance: int | None) -> Record:
    """The record of one asset line.

    Its id holds whatever the asset calls itself, as agents take it: removals name that one. Its
    timestamp and device hold where the asset names none. A removal of all assets of a type has the
    asset_id `*`.
    """
    parsed = _element(said)
    found = Element("Asset") if parsed is None else parsed
    identity, *rest = said.fields or [""]
    every = said.verb == "REMOVE_ALL_ASSETS"
    attributes = {
        "assetId": "*" if every else identity.strip() or None,
        "timestamp": said.at,
        "deviceUuid": device_uuid,
        "removed": "true" if said.verb.startswith("REMOVE") else None,
    }
    for name, value in attributes.items():
        if value is not None and (name == "assetId" or found.get(name) is None):
            found.set(name, value)
    record = assets.asset_record(found, Header("", instance))
    fields = {**record.fields, "type": _type(said, found)}
    raw = {**record.raw, "element": fields["type"], "verb": said.verb, "text": said.text[:2000]}
    if said.verb == "UPDATE_ASSET":
        pairs = [pair for place, pair in enumerate(pairwise(rest)) if place % 2 == 0]
        raw["content"] = fields["content"] = dumped(dict(pairs))
    elif said.verb == "ASSET" and len(rest) > 1 and parsed is None:
        raw["content"] = fields["content"] = rest[1]  # what is no XML stays as it is
    fields["content_hash"] = assets.fingerprint(fields["content"])
    return Record(record.table, raw, fields)


def _type(said: Asset, found: Element) -> str | None:
    if said.verb == "ASSET":
        named = said.fields[1].strip() if len(said.fields) > 1 else ""
        return named or (found.tag if found.tag != "Asset" else None)
    return (said.fields or [""])[0].strip() or None if said.verb == "REMOVE_ALL_ASSETS" else None


def _element(said: Asset) -> Element | None:
    """The asset's XML; None where it has none that can be read."""
    text = said.fields[2] if said.verb == "ASSET" and len(said.fields) > 2 else ""
    if not text.lstrip().startswith("<") or "<!" in text:
        return None
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        return None
