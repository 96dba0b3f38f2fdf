"""Labels in the order in which people count them.

Units: none. Missing: an empty label comes first. Errors: none.

>>> sorted(["10", "P10", "2", "P9"], key=natural)
['2', '10', 'P9', 'P10']
"""

from __future__ import annotations

import re


def natural(label: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts `2` before `10` and `P9` before `P10`; numbers come before words."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", label)
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p.casefold()) for p in pieces)
