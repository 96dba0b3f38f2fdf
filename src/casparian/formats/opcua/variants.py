"""Values of OPC UA in JSON: a plain value, a Variant, a DataValue; in each of the encodings.

Source: OPC UA Part 6 1.04 and 1.05, 5.4 (reversible and non-reversible, compact and verbose).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from casparian.formats.opcua.marks import node_id

_TYPES = (
    *("", "Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"),
    *("Float", "Double", "String", "DateTime", "Guid", "ByteString", "XmlElement", "NodeId"),
    *("ExpandedNodeId", "StatusCode", "QualifiedName", "LocalizedText", "ExtensionObject"),
    *("DataValue", "Variant", "DiagnosticInfo"),
)
_TIMES = ("SourceTimestamp", "ServerTimestamp")
_VARIANT = frozenset(("Type", "Body", "Dimensions"))
_UA_VARIANT = frozenset(("UaType", "Value", "Dimensions"))
_DATA_VALUE = _UA_VARIANT | {
    *("Status", "StatusCode", *_TIMES, "SourcePicoseconds", "ServerPicoseconds"),
    *("SourcePicoSeconds", "ServerPicoSeconds", "Type", "DataType", "Quality"),
}
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,19})\Z")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")
_SPECIAL = {"nan": "NaN", "infinity": "Infinity", "-infinity": "-Infinity", "inf": "Infinity"}
EXACT = 1 << 53  # greater integers are not exact as a double


@dataclass(frozen=True)
class Said:
    """What a value says. number: as text, None for what is none. text: where it says more.

    type: name of the built-in type, None where the encoding does not tell.
    """

    number: str | None
    text: str | None
    type: str | None


def type_name(code: Any) -> str | None:
    """A built-in type by its number, as `i=11`, or by a name; None for anything else."""
    return _type_name(code) if isinstance(code, int | str) else None


@lru_cache(maxsize=1024)
def _type_name(code: int | str) -> str | None:
    digits = str(code).strip().removeprefix("ns=0;").removeprefix("i=")
    number = int(digits) if digits.isdecimal() and len(digits) < 3 else 0
    return _TYPES[number] if 0 < number < len(_TYPES) else (str(code) if code else None)


def is_data_value(value: Any) -> bool:
    """An object with a value and its status or times, and nothing that a structure would have."""
    if not isinstance(value, dict) or not value.keys() <= _DATA_VALUE:
        return False
    return not value.keys().isdisjoint(_DATA_VALUE - _VARIANT) or value == {}


def variant_in(value: Mapping[str, Any]) -> Any:
    """The value of a DataValue; of a matrix, whose dimensions stand beside it, the Variant."""
    if "Dimensions" not in value:
        return value.get("Value")
    return {name: value[name] for name in ("UaType", "Value", "Dimensions") if name in value}


def of(value: Any, type_: Any = None) -> Said:
    """What a plain value or a Variant says; anything that is no scalar is kept as JSON text."""
    if isinstance(value, dict):
        if value.keys() <= _VARIANT and ("Body" in value or value.get("Type") == 0):
            return of(_folded(value, "Body"), value.get("Type") or type_)
        if value.keys() <= _UA_VARIANT and not value.keys().isdisjoint(("UaType", "Dimensions")):
            return of(_folded(value, "Value"), value.get("UaType") or type_)
        return _object(value, type_name(type_))
    kind = type_name(type_) if type_ is not None else None
    if isinstance(value, bool):
        return Said(str(int(value)), str(value).lower(), kind or "Boolean")
    if isinstance(value, int):
        return Said(str(value), str(value) if abs(value) >= EXACT else None, kind)
    if isinstance(value, float):
        return Said(*_float(value), kind)
    if isinstance(value, str):
        return Said(*_string(value, kind), kind)
    return Said(None, None if value is None else _json(value), kind)


def _folded(variant: Mapping[str, Any], body: str) -> Any:
    """The body of a Variant; a matrix as lists in lists, its last dimension innermost."""
    found, sizes = variant.get(body), variant.get("Dimensions")
    if not isinstance(found, list) or not isinstance(sizes, list):
        return found
    for size in reversed(sizes[1:]):
        if type(size) is not int or size < 1 or len(found) % size:
            return variant[body]  # dimensions that do not fit say nothing
        found = [found[at : at + size] for at in range(0, len(found), size)]
    return found


def _float(value: float) -> tuple[str | None, str | None]:
    if math.isfinite(value):
        return repr(value), None
    return None, "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _string(value: str, kind: str | None) -> tuple[str | None, str | None]:
    """Int64 comes as digits, NaN and the infinities as words; a type says what digits are."""
    if (special := _SPECIAL.get(value.lower())) and kind in (None, "Float", "Double"):
        return None, special
    numeric = kind in _TYPES[2:12] or (kind is None and _INTEGER.match(value))
    if numeric and _NUMBER.match(value):
        return value, value
    return None, value or None


def _object(value: Mapping[str, Any], kind: str | None) -> Said:
    """LocalizedText is its text, an enumeration of 1.03 its name, a NodeId and a QualifiedName
    what they are as text; structures are JSON."""
    if kind in ("NodeId", "ExpandedNodeId") and (node := node_id(value)):
        return Said(None, node, kind)
    if value.keys() <= {"Name", "Uri"} and isinstance(value.get("Name"), str):
        uri = value.get("Uri")
        space = "" if not uri else f"{uri}:" if isinstance(uri, int) else f"nsu={uri};"
        return Said(None, f"{space}{value['Name']}", kind or "QualifiedName")
    if value.keys() <= {"Locale", "Text"} and "Text" in value:
        return Said(None, value["Text"] or None, kind or "LocalizedText")
    if value.keys() == {"Name", "Value"} and isinstance(value["Value"], int):
        return Said(str(value["Value"]), str(value["Name"]), kind)
    return Said(None, _json(value), kind)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
