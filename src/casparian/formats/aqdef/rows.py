"""Values and characteristics as records of contract spc.

K0002: 0 or nothing is Good; 255 is a placeholder, no value; 256 (deleted) is Bad; all others keep
the value out of statistics (129, 290) and are Uncertain. The code stays beside it.
"""

from __future__ import annotations

from typing import Any

from casparian.formats.aqdef.characteristic import Characteristic
from casparian.formats.aqdef.description import Description
from casparian.formats.aqdef.moments import iso
from casparian.formats.aqdef.values import Value
from casparian.reading import spc
from casparian.reading.quality import BAD, GOOD, UNCERTAIN
from casparian.reading.records import Record

MOST_ENTRIES = 100  # of a characteristic that are remembered
PLACEHOLDER, DELETED = "255", "256"
COLUMNS = {
    "K0001": "actual",
    "K0002": "quality_code",
    "K0004": "measured_at",
    "K0005": "event",
    "K0006": "lot",
    "K0007": "cavity",
    "K0008": "operator",
    "K0009": "comment",
    "K0010": "machine_id",
    "K0012": "gage",
    "K0014": "serial",
    "K0020": "sample_size",
    "K0021": "defects",
    "K0053": "order_id",
}
_NAMED = ("part_number", "feature", "characteristic_id", "characteristic_type")
_LIMITS = ("nominal", "usl", "lsl", "units")
RAW = {
    spc.MEASUREMENTS: (*_NAMED, *COLUMNS.values(), *_LIMITS),
    spc.ATTRIBUTES: (*_NAMED, *COLUMNS.values()),
    spc.CHARACTERISTICS: (),
    spc.PARTS: (),
    spc.CONTROL_LIMITS: (),
    spc.CAPABILITY: (),
}
# fields that hold a catalogue's entry, where its name stands, and what stands in for a 0
_CATALOGUES = {
    "K0007": (("K4253", "K4252"), ()),
    "K0008": (("K4093", "K4092"), ("K2422", "K2421", "K1222", "K1221")),
    "K0010": (("K4062", "K4063"), ("K2301", "K2302", "K1081", "K1082")),
    "K0012": (("K4072", "K4073"), ("K2401", "K2402", "K1201", "K1202")),
}


def quality(code: str | None) -> str:
    """Good, Uncertain or Bad from K0002."""
    if not code or not code.strip("0"):
        return GOOD
    return BAD if code == DELETED else UNCERTAIN


def value_record(
    value: Value,
    of: Characteristic,
    described: Description,
    identity: spc.Identity,
    others: dict[str, str],
) -> Record:
    """One value as a row of spc_measurements, or of spc_attributes where it is a count.

    others: K-fields to keep with it that no column shows.
    """
    counted = of.attributive or "K0020" in value.fields or "K0021" in value.fields
    table = spc.ATTRIBUTES if counted else spc.MEASUREMENTS
    raw = {COLUMNS.get(key, key): text or None for key, text in value.fields.items()}
    raw |= of.identified | ({} if counted else of.specified) | others
    fields: dict[str, Any] = raw | _taken(value, of, described) | {"source_format": "aqdef"}
    fields["measurement_id"] = identity.of(
        fields["part_number"], fields["feature"], fields.get("serial"), fields["measured_at"]
    )
    if counted:
        return Record(table, raw, fields | _count(value.fields, of))
    fields["actual"] = spc.plain(raw.get("actual"))
    return Record(table, raw, fields | spc.judged(raw.get("actual"), of.lower, of.upper, None))


def _taken(value: Value, of: Characteristic, described: Description) -> dict[str, Any]:
    """What the silver row says otherwise than the file: times, catalogue entries, places."""
    size = of.subgroup_size
    written = value.fields.get("K0004")
    lot = value.fields.get("K0006", "").removeprefix("#")  # the mark of a batch number
    found: dict[str, Any] = {
        COLUMNS[key]: _looked_up(key, value.fields.get(key), of, described) for key in _CATALOGUES
    }
    return found | {
        "measured_at": iso(written) if written else None,
        "lot": lot or None,
        "order_id": value.fields.get("K0053") or of.part.get("K1053") or None,
        "sample": str(value.place),
        "subgroup": str((value.place - 1) // size + 1) if size else None,
        "quality": quality(value.fields.get("K0002")),
    }


def _looked_up(key: str, text: str | None, of: Characteristic, in_: Description) -> str | None:
    """The same as `_entry`, remembered: a column holds few."""
    if (key, text) not in of.entries:
        if len(of.entries) > MOST_ENTRIES:
            of.entries.clear()
        of.entries[key, text] = _entry(key, text, of, in_)
    return of.entries[key, text]


def _entry(key: str, text: str | None, of: Characteristic, described: Description) -> str | None:
    """The name of a catalogue's entry, its number where it has none; 0 is nobody."""
    names, instead = _CATALOGUES[key]
    if text and text.strip("0"):
        place = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        entry = " ".join(filter(None, (described.catalogue.get((k, place)) for k in names)))
        return entry or text
    return next(filter(None, ((of.own.get(k) or of.part.get(k)) for k in instead)), None)


def _count(fields: dict[str, str], of: Characteristic) -> dict[str, str | None]:
    defects = fields.get("K0021") or None
    return {
        "value_text": fields.get("K0001") or defects,
        "sample_size": _size(fields.get("K0020"), of),
        "defects": defects,
    }


def _size(text: str | None, of: Characteristic) -> str | None:
    """K0020 counts thousandths of a part, but where the plan says that number of parts."""
    planned = (of.own.get(key) for key in ("K8505", "K8500"))
    if not text or not text.endswith("000") or not text.strip("0") or text in planned:
        return text or None
    return text[:-3]
