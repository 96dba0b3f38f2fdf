"""What the tag list says of each tag, looked up a batch at a time by small integer codes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

NO_LIMITS = (None, -np.inf, np.inf, True, False)


@dataclass
class Tags:
    """Tag facts by code. Codes are handed out as tags appear; code 0 is the reading without a tag.

    listed: tag name → (alias, low, high, zero allowed, text tag). A tag that is not listed has no
    limits, may rest at zero and is numeric.
    """

    listed: dict[str, tuple[str | None, float, float, bool, bool]] = field(default_factory=dict)
    _codes: dict[str | None, int] = field(default_factory=lambda: {None: 0})
    _names: list[str | None] = field(default_factory=lambda: [None])
    _facts: dict[int, np.ndarray] = field(default_factory=dict)

    @classmethod
    def from_tables(cls, tags: pa.Table | None, aliases: pa.Table | None) -> Tags:
        """From `historian_tags` (newest row a tag last) and `tag_aliases`; either may be None."""
        alias = (
            dict(zip(*_columns(aliases, "tag_name", "tag_alias"), strict=True)) if aliases else {}
        )
        listed = {name: (text, *NO_LIMITS[1:]) for name, text in alias.items()}
        if tags is not None:
            names = (
                "tag_name",
                "tag_alias",
                "range_low",
                "range_high",
                "zero_allowed",
                "data_type",
            )
            for name, text, low, high, zero, kind in zip(*_columns(tags, *names), strict=True):
                listed[name] = (
                    alias.get(name) or text,
                    -np.inf if low is None else low,
                    np.inf if high is None else high,
                    zero is not False,
                    (kind or "").lower() in ("string", "text", "digital", "state"),
                )
        return cls(listed)

    def codes(self, column: pa.DictionaryArray) -> np.ndarray:
        """int32[n]: the code of each reading's tag."""
        own = [self.code(name) for name in column.dictionary.to_pylist()] + [0]
        index = column.indices.fill_null(len(own) - 1).to_numpy()
        return np.array(own, dtype=np.int32)[index]  # type: ignore[no-any-return]

    def code(self, name: str | None) -> int:
        """The code of a tag, handed out where it has none."""
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self._names)
            self._names.append(name)
        return code

    def __len__(self) -> int:
        return len(self._names)

    def name(self, code: int) -> str | None:
        return self._names[code]

    def fact(self, place: int) -> np.ndarray:
        """One fact for all codes so far: 1 low, 2 high, 3 zero allowed, 4 text tag."""
        known = self._facts.get(place)
        if known is None or len(known) < len(self._names):
            known = np.array(
                [self.listed.get(name or "", NO_LIMITS)[place] for name in self._names]
            )
            self._facts[place] = known
        return known

    def alias(self, column: pa.DictionaryArray) -> pa.DictionaryArray:
        """The column with each tag replaced by its alias (null where it has none)."""
        names = [self.listed.get(name, NO_LIMITS)[0] for name in column.dictionary.to_pylist()]
        own = pa.array(names, pa.string()).dictionary_encode()
        indices = own.indices.take(column.indices) if len(names) else column.indices
        return pa.DictionaryArray.from_arrays(indices, own.dictionary)


def _columns(table: pa.Table, *names: str) -> list[list[object]]:
    return [table[name].to_pylist() for name in names]
