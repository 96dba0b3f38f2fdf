"""Values put together from compact lines and from K-fields of value level (K0xxx).

A value is over when one of its fields comes again, in whichever order a system writes them; then
the values of all characteristics that were open are complete. What stands under index 0 belongs
to all of these. A field that names its value goes to that one, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from casparian.formats.aqdef.characteristic import ATTRIBUTIVE
from casparian.formats.aqdef.description import MEASURED, Description
from casparian.formats.aqdef.lines import (
    BETWEEN_CHARACTERISTICS,
    BETWEEN_FIELDS,
    Field,
    Line,
    Stray,
    Values,
)

VARIABLE = (
    *("K0001", "K0002", "K0004", "K0005", "K0006", "K0007", "K0008", "K0010", "K0011", "K0012"),
)
COUNTED = ("K0020", "K0021", "reserved", *VARIABLE[1:])  # of attributive characteristics
_TOO_MANY = "the file names more values in its fields than can be kept"
_MOST_OPEN = 16 << 20  # characters that may wait for the end of their values
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[/ T.]\d")


@dataclass
class Value:
    """One value of a characteristic: K-fields, and its place among them from 1."""

    index: int
    place: int
    fields: dict[str, str]


@dataclass
class Assembly:
    """The values that are open while lines come."""

    described: Description
    _open: dict[int, dict[str, str]] = field(default_factory=dict)
    _common: dict[str, str] = field(default_factory=dict)
    _places: dict[int, int] = field(default_factory=dict)
    _met: set[tuple[int, int]] = field(default_factory=set)  # of those that fields name
    _waiting: int = 0

    def values(self, lines: Iterable[Line]) -> Iterator[Value | Stray]:
        """Every value, and what is none of the description's, in file order."""
        most = self.described.last
        for line in lines:
            if isinstance(line, Stray):
                yield line
            elif isinstance(line, Values):
                yield from self._compact(line, most)
            elif line.key[1] == "0" and line.key not in ("K0100", "K0101"):
                yield from self._field(line, most)
        yield from self._close()
        for (index, place), fields in self.described.placed.items():
            if index <= most and (index, place) not in self._met:
                text = " ".join(f"{key}/{index}/{place} {said}" for key, said in fields.items())
                yield Stray(text, "fields of a value that the file does not hold")

    def _field(self, line: Field, most: int) -> Iterator[Value | Stray]:
        if line.index > most:
            yield _unknown(line.index, f"{line.key}/{line.index} {line.text}")
            return
        if line.place is not None and line.key not in MEASURED:
            if line.key not in self.described.placed.get((line.index, line.place), ()):
                yield Stray(f"{line.key}/{line.index}/{line.place} {line.text}", _TOO_MANY)
            return  # its value takes it as it closes
        fields = self._open.get(line.index, {}) if line.index else self._common
        self._waiting += len(line.text) + 100
        if (line.key in fields and self._open) or self._waiting > _MOST_OPEN:
            yield from self._close()
        if line.index == 0:
            self._common[line.key] = line.text
        else:
            self._open.setdefault(line.index, {})[line.key] = line.text

    def _compact(self, line: Values, most: int) -> Iterator[Value | Stray]:
        found = {
            index: self._named(index, portion)
            for index, portion in enumerate(line.portions, 1)
            if any(portion)
        }
        if any(fields.keys() & self._open.get(index, {}).keys() for index, fields in found.items()):
            yield from self._close()
        for index, fields in found.items():
            if index > most:
                yield _unknown(index, BETWEEN_FIELDS.join(fields.values()))
            else:
                self._open.setdefault(index, {}).update(fields)
        for index in range(1, min(len(line.portions), most) + 1):
            if index not in found:  # an empty portion keeps the place of a value
                self._places[index] = self._places.get(index, 0) + 1

    def _named(self, index: int, portion: list[str]) -> dict[str, str]:
        keys = COUNTED if self._counted(index, portion) else VARIABLE
        more = [f"field_{number}" for number in range(len(keys) + 1, len(portion) + 1)]
        return dict(zip([*keys, *more], portion, strict=False))

    def _counted(self, index: int, portion: list[str]) -> bool:
        """By where the time stands; without one by the kind of the characteristic."""
        if (len(portion) > 2 and _DATE.match(portion[2])) or portion[:2] == ["", "255"]:
            return False
        if len(portion) > 4 and _DATE.match(portion[4]):
            return True
        return index in self._attributive

    @cached_property
    def _attributive(self) -> frozenset[int]:
        every = self.described.indices
        kinds = ((index, self.described.characteristic(index).get("K2004")) for index in every)
        return frozenset(index for index, kind in kinds if kind in ATTRIBUTIVE)

    def _close(self) -> Iterator[Value]:
        """All open values, complete."""
        opened, self._open, self._waiting = self._open, {}, 0
        common, self._common = self._common, {} if opened else self._common
        for index in sorted(opened):
            fields = common | opened[index]
            if any(key in fields for key in MEASURED):
                place = self._places[index] = self._places.get(index, 0) + 1
                yield Value(index, place, self._placed(index, place, fields))

    def _placed(self, index: int, place: int, fields: dict[str, str]) -> dict[str, str]:
        """The fields of a value and those that name it; the closer they name it, the stronger."""
        placed = self.described.placed
        if not placed:
            return fields
        general: dict[str, str] = {}
        for each in ((0, 0), (0, place), (index, 0), (index, place)):
            if each in placed:
                self._met.add(each)
                general |= placed[each]
        return general | fields | placed.get((index, place), {})


def _unknown(index: int, text: str) -> Stray:
    text = text.replace(BETWEEN_CHARACTERISTICS, " ")
    return Stray(text, f"a value of characteristic {index}, which the file does not describe")
