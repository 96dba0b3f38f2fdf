"""Labels in the order in which people count them."""

from __future__ import annotations

import re


def natural(label: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts `2` before `10` and `P9` before `P10`."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", label)
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p.casefold()) for p in pieces)
