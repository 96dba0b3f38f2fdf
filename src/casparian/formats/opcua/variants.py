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

from casparian.reading.quality import GOOD, of_status_code, of_text

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
_UA_EXPERT = re.compile(r"NS(\d+)\|(String|Numeric|Guid|Byte|Opaque)\w*\|(.*)\Z", re.DOTALL)
_LETTERS = {"String": "s", "Numeric": "i", "Guid": "g", "Byte": "b", "Opaque": "b"}
EXACT = 1 << 53  # greater integers are not exact as a double
MIN_VALUE = "0001-01-01T00:00:00"  # stands for no time at all


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


def of(value: Any, type_: Any = None) -> Said:
    """What a plain value or a Variant says; anything that is no scalar is kept as JSON text."""
    if isinstance(value, dict):
        if value.keys() <= _VARIANT and "Body" in value:
            return of(value["Body"], value.get("Type") or type_)
        if value.keys() <= _UA_VARIANT and "UaType" in value:
            return of(value.get("Value"), value["UaType"])
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
    """LocalizedText is its text, an enumeration of 1.03 its name; structures are JSON."""
    if value.keys() <= {"Locale", "Text"} and "Text" in value:
        return Said(None, value["Text"] or None, kind or "LocalizedText")
    if value.keys() == {"Name", "Value"} and isinstance(value["Value"], int):
        return Said(str(value["Value"]), str(value["Name"]), kind)
    return Said(None, _json(value), kind)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def status(value: Any) -> tuple[str | None, str]:
    """(code as written, quality) of a StatusCode: number, text, or object with Code and Symbol.

    Not encoded means Good.
    """
    if isinstance(value, dict):
        value = value.get("Code", value.get("code", value.get("Value", value.get("Symbol"))))
        if value is None:
            return None, GOOD  # an object without its parts has the default, 0
    if value is None:
        return None, GOOD
    return str(value), _quality(value) if isinstance(value, int | str) else of_text(str(value))


@lru_cache(maxsize=4096)
def _quality(code: int | str) -> str:
    text = str(code).strip()
    digits = text.removeprefix("-")
    return of_status_code(int(text)) if digits.isdecimal() and len(digits) < 12 else of_text(text)


def instant(value: Any) -> str | None:
    """A DateTime to the six digits that the lake keeps; None for MinValue, which is no time."""
    if not isinstance(value, str) or not value or value.startswith(MIN_VALUE):
        return None
    if len(value) > 27 and value[19:20] == "." and value.endswith("Z"):
        return value[:26] + "Z"
    return value


def node_id(value: Any) -> str | None:
    """A NodeId as text; the object form of 1.03 and 1.04 {IdType, Id, Namespace} too.

    Source: OPC UA Part 6 1.04, 5.4.2.10.
    """
    if isinstance(value, dict):
        mark = "isgb"[kind] if (kind := value.get("IdType", 0)) in range(4) else "i"
        space = value.get("Namespace")
        if value.get("Id") is None:
            return None
        before = "" if not space else f"ns={space};" if isinstance(space, int) else f"nsu={space};"
        return f"{before}{mark}={value['Id']}"
    if isinstance(value, str) and (found := _UA_EXPERT.match(value)):
        return f"ns={found[1]};{_LETTERS[found[2]]}={found[3]}".replace("ns=0;", "")
    return None if value is None or value == "" else str(value)
