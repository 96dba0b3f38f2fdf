"""The tables of a PI system: bronze and silver columns, and the records that fill them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from casparian.formats.pi.values import Reading
from casparian.reading.base import Damage
from casparian.reading.records import Columns, Record

VALUES, TAGS = "pi_values", "pi_tags"
_FLAGS = ("Good", "Questionable", "Substituted", "Annotated")
SHOWN = 2000  # characters of what is no record
COLUMNS = {
    VALUES: Columns(
        raw=(
            *("timestamp", "tag_name", "path", "web_id", "kind", "value", "units"),
            *("good", "questionable", "substituted", "annotated"),
        ),
        fields=(
            *("timestamp", "tag_name", "path", "kind", "value", "value_text", "units"),
            *("quality", "quality_code", "state_code", "annotated", "web_id"),
        ),
        times=("timestamp",),
    ),
    TAGS: Columns(
        raw=(
            *("tag_name", "path", "web_id", "description", "units", "range_low", "span"),
            *("data_type", "digital_set", "point_class", "step"),
        ),
        fields=(
            *("path", "tag_name", "description", "units", "range_low", "range_high"),
            *("data_type", "digital_set", "point_class", "step", "web_id"),
        ),
    ),
}


def text(value: Any) -> str | None:
    """A JSON value as bronze keeps it; None for null and for empty text."""
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def value_record(
    stream: Mapping[str, str | None],
    kind: str,
    value: Mapping[str, Any],
    reading: Reading,
    extra: Mapping[str, str | None],
) -> Record:
    """One value of a stream.

    stream: tag_name, path, web_id, units. kind: `value`, or what a summary calculates.
    value: the four flags and Timestamp, Value, UnitsAbbreviation, as read.
    """
    written = text(value.get("Timestamp"))
    units = text(value.get("UnitsAbbreviation")) or stream.get("units")
    good, questionable, substituted, annotated = (text(value.get(flag)) for flag in _FLAGS)
    raw = {
        "timestamp": written,
        "tag_name": stream.get("tag_name"),
        "path": stream.get("path"),
        "web_id": stream.get("web_id"),
        "kind": kind,
        "value": text(value.get("Value")),
        "units": units,
        "good": good,
        "questionable": questionable,
        "substituted": substituted,
        "annotated": annotated,
    }
    fields = {
        "timestamp": microseconds(written),
        "tag_name": stream.get("tag_name"),
        "path": stream.get("path") or stream.get("tag_name"),
        "kind": kind,
        "value": reading.value,
        "value_text": reading.text,
        "units": units,
        "quality": reading.quality,
        "quality_code": reading.code,
        "state_code": reading.state,
        "annotated": annotated,
        "web_id": stream.get("web_id"),
    }
    return Record(VALUES, {**raw, **extra} if extra else raw, fields)


def microseconds(written: str | None) -> str | None:
    """The seven digits of PI's fractions cut to the six that the lake keeps."""
    if written and len(written) == 28 and written[19] == "." and written[27] == "Z":
        return written[:26] + "Z"
    return written


def tag_record(found: Mapping[str, str | None], extra: Mapping[str, str | None]) -> Record:
    """One PI point or AF attribute. found: the bronze columns; its range is Zero to Zero + Span."""
    fields = {name: found.get(name) for name in COLUMNS[TAGS].fields}
    fields["path"] = found.get("path") or found.get("tag_name")
    fields["range_high"] = _top(found.get("range_low"), found.get("span"))
    return Record(TAGS, {**extra, **found}, fields)


def _top(zero: str | None, span: str | None) -> str | None:
    try:
        return str(float(zero or "") + float(span or ""))
    except ValueError:
        return None


def damage(what: Any, detail: str) -> Damage:
    """Something in the answer that is neither value nor tag."""
    return Damage(VALUES, 0, "damaged_record", (text(what) or "")[:SHOWN], detail)


def unnamed(stem: str) -> str:
    """What is said where a file names no tag."""
    return f"No tag is named in the file: its name stands for the tag ({stem})."
