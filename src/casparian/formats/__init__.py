"""The formats: one folder an export family. `all_formats()` finds them, `sniff()` picks one."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from casparian.formats.base import Format, Sniff

HEAD_BYTES = 1 << 16
LEAST_CONFIDENCE = 0.3


@cache
def all_formats() -> dict[str, Format]:
    """Every format by name, in the order of their names."""
    found: dict[str, Format] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.ispkg:
            package = import_module(f"{__name__}.{module.name}")
            found |= {
                item.name: item for item in getattr(package, "FORMATS", None) or (package.FORMAT,)
            }
    return dict(sorted(found.items()))


def sniff(head: bytes, name: str) -> tuple[Format | None, Sniff]:
    """The format that is surest of this file, or None and why nobody is.

    head: the first HEAD_BYTES of the file. Of two that are equally sure the first by name wins.
    """
    if not head:
        return None, Sniff(0.0, "the file is empty")
    answers = [(each.sniff(head, name), each) for each in all_formats().values()]
    best, choice = max(answers, key=lambda answer: answer[0].confidence)
    if best.confidence < LEAST_CONFIDENCE:
        return None, Sniff(best.confidence, best.why or "no format knows it")
    return choice, best
