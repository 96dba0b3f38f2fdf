"""Identities for records of logs that number none: their content, and their number among equals.

The same log exported twice gives the same identities, and two equal entries stay two.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

MOST_REMEMBERED = 500_000  # contents of one file, 100 MB; beyond, equals are counted anew


class ByContent:
    """Identities of one file's records, in file order."""

    def __init__(self) -> None:
        self._met: Counter[str] = Counter()

    def of(self, content: Iterable[object]) -> str:
        """32 hexadecimal digits; `-2`, `-3` … behind them for what the file has said before."""
        text = "\x1f".join("" if each is None else str(each) for each in content)
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
        if len(self._met) > MOST_REMEMBERED:
            self._met.clear()
        self._met[digest] += 1
        again = self._met[digest]
        return digest if again == 1 else f"{digest}-{again}"
