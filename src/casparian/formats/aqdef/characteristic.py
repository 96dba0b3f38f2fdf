"""Characteristics as the measurement model knows them, worked out once from the description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from casparian.formats.aqdef.description import Description, Fields, name
from casparian.reading.spc import number

ATTRIBUTIVE = {"1": "attributive", "5": "error_type", "6": "error_log_sheet"}  # K2004
NATURAL = "2"  # K2120, K2121: a bound of nature, as 0 for roundness, and no specification
_SHOWN = ("K2002", "K2001", "K2101", "K2110", "K2111", "K2142", "K1001")  # have columns


@dataclass(frozen=True)
class Characteristic:
    """One characteristic of one part.

    identified: the columns that name it. lower, upper: limits, None where that side is open.
    specified: nominal, usl, lsl and units as text. part, own: all K-fields. attributive: counts or
    verdicts are inspected, no values measured. subgroup_size: values a subgroup, None where there
    are no fixed subgroups of two or more. entries: catalogue entries that were looked up.
    """

    index: int
    identified: dict[str, str | None]
    lower: Decimal | None
    upper: Decimal | None
    specified: dict[str, str | None]
    part: Fields
    own: Fields
    attributive: bool
    subgroup_size: int | None
    entries: dict[tuple[str, str | None], str | None] = field(default_factory=dict)


def characteristics(described: Description, file_stem: str) -> Iterator[Characteristic]:
    """Every characteristic that is described, in the order of their indices."""
    paths = {index: _full_name(described, index) for index in described.indices}
    used = Counter((described.part_of.get(i, 1), path) for i, path in paths.items())
    for index, path in paths.items():
        own, place = described.characteristic(index), described.part_of.get(index, 1)
        feature = path
        if used[place, path] > 1:  # two of one name: told apart by their numbers
            feature = f"{path} [{own.get('K2001') or index}/{index}]"
        yield _characteristic(index, feature, described.part(place), own, file_stem)


def announced(described: Description, index: int, file_stem: str) -> Characteristic:
    """A characteristic that K0100 counts and nothing describes: its number is its name."""
    place = max(described.parts, default=1)
    own = described.characteristic(index)
    return _characteristic(index, str(index), described.part(place), own, file_stem)


@dataclass
class Told:
    """K-fields that no column shows: they are kept once, with the first value they speak of."""

    described: Description
    _told: set[int] = field(default_factory=set)
    _parts: set[int] = field(default_factory=set)

    def others(self, index: int) -> dict[str, str]:
        """Those of a characteristic, and of its part with the part's first characteristic.

        Empty ones, zeros and Q-DAS's internal settings say nothing and are left out.
        """
        if index in self._told:
            return {}
        self._told.add(index)
        of, part = self.described, self.described.part_of.get(index, 1)
        found = of.characteristics.get(index, {})
        if part not in self._parts:
            self._parts.add(part)
            common = of.parts.get(0, {}) | of.characteristics.get(0, {})
            found = common | of.parts.get(part, {}) | found
        return {
            key: text
            for key, text in found.items()
            if text.strip("0.") and key not in _SHOWN and key[2:] not in ("998", "999")
        }


def _full_name(described: Description, index: int) -> str:
    return "/".join([*described.path(index), name(described.characteristic(index), index)])


def _characteristic(
    index: int, feature: str, part: Fields, own: Fields, stem: str
) -> Characteristic:
    lower = _limit(own, "K2110", "K2112", "K2120")
    upper = _limit(own, "K2111", "K2113", "K2121")
    kind = ATTRIBUTIVE.get(own.get("K2004", ""))
    named = {
        "part_number": part.get("K1001") or part.get("K1002") or stem,
        "feature": feature,
        "characteristic_id": own.get("K2001") or None,
        "characteristic_type": kind,
    }
    nominal, units = _shown(number(own.get("K2101"))), own.get("K2142") or None
    specified = {"nominal": nominal, "usl": _shown(upper), "lsl": _shown(lower), "units": units}
    size = _subgroup_size(own)
    return Characteristic(index, named, lower, upper, specified, part, own, kind is not None, size)


def _subgroup_size(own: Fields) -> int | None:
    size, fixed = number(own.get("K8500")), own.get("K8501") in (None, "", "0")
    return int(size) if size and fixed and 2 <= size <= 10_000 else None


def _limit(own: Fields, limit: str, allowance: str, kind: str) -> Decimal | None:
    """The limit as written, else nominal plus the signed allowance; None for a natural bound."""
    if own.get(kind) == NATURAL:
        return None
    written, nominal = number(own.get(limit)), number(own.get("K2101"))
    signed = number(own.get(allowance))
    if written is None and nominal is not None and signed is not None:
        return nominal + signed
    return written


def _shown(found: Decimal | None) -> str | None:
    return None if found is None else str(found)
