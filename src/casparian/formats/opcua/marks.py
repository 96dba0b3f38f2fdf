"""What marks a value: the node it is of, its status code, its times; in each of the encodings.

Source: OPC UA Part 6 1.04 and 1.05, 5.1.2 (NodeIds as text) and 5.4 (JSON).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from casparian.reading.quality import GOOD, of_status_code, of_text

_UA_EXPERT = re.compile(r"NS(\d+)\|(String|Numeric|Guid|Byte|Opaque)\w*\|(.*)\Z", re.DOTALL)
_LETTERS = {"String": "s", "Numeric": "i", "Guid": "g", "Byte": "b", "Opaque": "b"}
_CODE = ("code", "value", "symbol", "name")  # members of a StatusCode, by how exact they are
MIN_VALUE = "0001-01-01T00:00:00"  # stands for no time at all


def status(value: Any) -> tuple[str | None, str]:
    """(code as written, quality) of a StatusCode: number, text, or object with Code and Symbol.

    Not encoded means Good.
    """
    if isinstance(value, dict):
        parts = {name.strip("_").lower(): part for name, part in value.items()}
        value = next((parts[name] for name in _CODE if parts.get(name) is not None), None)
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
