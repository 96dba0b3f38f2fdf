"""Data sets and tables as adapters write them: `k=v k2="a b" k3={c=1 d=2} removed`.

Source: cppagent's adapter protocol, data sets and tables.
"""

from __future__ import annotations

import re

from casparian.formats.mtconnect.loose import Child

_ENTRY = re.compile(
    r"""([^\s={}"']+)(?:=(?:\{([^{}]*)\}|"([^"]*)"|'([^']*)'|([^\s{}"']*)))?(?:\s+|$)"""
)
_MOST_SET = 1 << 16  # characters of a data set


def is_set(value: str, entries: list[Child]) -> bool:
    """A text with one `=` may be any text; a data set has several entries, or one table row."""
    return len(entries) > 1 or "={" in value


def entries_of(text: str) -> list[Child] | None:
    """The entries of a data set, `k=v k2="a b" k3={c=1 d=2}`; None for other text.

    A key alone is an entry that was removed. Cells stand before their entry.
    """
    text = text.strip()
    found: list[Child] = []
    at = 0
    while at < len(text) <= _MOST_SET:
        entry = _ENTRY.match(text, at)
        if entry is None:
            return None
        key, cells, *plain = entry.groups()
        if cells is not None:
            inner = entries_of(cells)
            if inner is None:
                return None
            found += [("Cell", attributes, value) for _, attributes, value in inner]
        value = next((part for part in plain if part is not None), "")
        removed = {"removed": "true"} if "=" not in entry[0] else {}
        found.append(("Entry", {"key": key, **removed}, value))
        at = entry.end()
    return found or None
