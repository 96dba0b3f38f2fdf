"""Header words: which column of a table means which field, whatever its spelling.

Case, spaces, punctuation, accents and umlauts do not matter (`Zähler-Nr.` is `zaehler_nr`); a unit
in brackets is taken off (`Menge [kg]`), and of a header in two languages (`Start / Beginn`) either
half may be known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"})
_BRACKET = re.compile(r"\s*[\[(]([^\[\]()]*)[\])]\s*$")
_HALVES = re.compile(r"\s*[/|\n\r]\s*")


@lru_cache(maxsize=8192)  # every format asks for the same words of every file
def normalise(header: str) -> str:
    """A header word without case, accents, spaces and punctuation."""
    bare = unicodedata.normalize("NFC", header).casefold().translate(_UMLAUTS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", bare)


@lru_cache(maxsize=8192)
def unit_of(header: str) -> str | None:
    """The unit that a header states in brackets, as `kWh` of `Energy [kWh]`; None without one."""
    found = _BRACKET.search(header)
    return found[1].strip() or None if found else None


@lru_cache(maxsize=8192)
def readings_of(header: str) -> tuple[str, ...]:
    """What a header may mean, normalised, the surest first."""
    bare = _BRACKET.sub("", header)
    ways = [header, bare, *_HALVES.split(bare)] if bare else [header]
    return tuple(dict.fromkeys(word for word in map(normalise, ways) if word))


def unique_names(columns: tuple[str, ...], found: Mapping[str, int]) -> tuple[str, ...]:
    """The fields' names in file order; other columns keep their header, made unique."""
    fields = {place: field for field, place in found.items()}
    taken = set(found)
    names: list[str] = []
    for place, column in enumerate(columns):
        name = fields.get(place) or _free(column or f"column {place + 1}", place, taken)
        taken.add(name)
        names.append(name)
    return tuple(names)


def _free(name: str, place: int, taken: set[str]) -> str:
    """The name with a mark or two behind it where it is taken; with its place where they are."""
    marked = (name, f"{name}'", f"{name}''", f"{name}' {place + 1}")
    if free := next((each for each in marked if each not in taken), None):
        return free
    while name in taken:  # a header that spells such names itself
        name = f"{name} {place + 1}"
    return name


@dataclass(frozen=True, eq=False)
class Words:
    """The fields of a table and the header words that mean them.

    header: field to the other words for it; a field's own name always means it.
    required: fields that a table must have to be this one; of a tuple of fields, one of them.
    above: fields that may stand once above the table instead of in a column.
    """

    header: Mapping[str, tuple[str, ...]]
    required: tuple[str | tuple[str, ...], ...] = ()
    above: tuple[str, ...] = ()

    @cached_property
    def _fields(self) -> dict[str, tuple[str, ...]]:
        return {
            field: tuple(dict.fromkeys(map(normalise, (field, *words))))
            for field, words in self.header.items()
        }

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(word for words in self._fields.values() for word in words)

    def fields(self, columns: tuple[str, ...]) -> dict[str, int]:
        """Each field's column; of its words the first that heads a free column."""
        places = self._places(columns)
        found: dict[str, int] = {}
        for field, words in self._fields.items():
            free = (places[word] for word in words if word in places)
            place = next((each for each in free if each not in found.values()), None)
            if place is not None:
                found[field] = place
        return found

    def _places(self, columns: tuple[str, ...]) -> dict[str, int]:
        """The column of each known word; of two the one that is nearer to it, then the first."""
        places: dict[str, tuple[int, int]] = {}
        for place, column in enumerate(columns):
            for distance, word in enumerate(readings_of(column)):
                if word in self._known:
                    places[word] = min(places.get(word, (distance, place)), (distance, place))
        return {word: place for word, (_, place) in places.items()}

    def missing(self, found: Mapping[str, object]) -> list[str]:
        """The required fields that are not there; alternatives as `ends_at or duration`."""
        return [" or ".join(each) for each in self._alternatives() if not set(each) & set(found)]

    def _alternatives(self) -> Iterator[tuple[str, ...]]:
        for each in self.required:
            yield (each,) if isinstance(each, str) else each

    def may_stand_above(self, missing: list[str]) -> bool:
        """Whether lines above the table could say what is missing."""
        return all(set(each.split(" or ")) & set(self.above) for each in missing)

    def given(self, lines: tuple[tuple[str | None, ...], ...]) -> dict[str, str]:
        """What lines above a table say: `Machine: | CNC-01`, or `Machine: CNC-01` in one cell."""
        found: dict[str, str] = {}
        for line in lines if self.above else ():
            cells = [cell.strip() for cell in line if cell and cell.strip()]
            pairs = [cell.partition(":")[::2] for cell in cells if ":" in cell.rstrip(": ")]
            pairs += pairwise(cells)
            for word, text in pairs:
                for field in self.fields((word,)):
                    if field in self.above and text.strip() and not self.fields((text,)):
                        found.setdefault(field, text.strip())
        return found
