"""Tag names taken apart: path, loop (letters and number), which value of the loop, words.

Paths as PI and AF (`\\\\SRV\\Plant|TIC101.PV`), Canary (`Site.Area.Tag`), Ignition
(`[default]Area/Line/Tag`), OPC UA (`ns=2;s=Line.Tag`) and a unified namespace (`site/area/tag`)
write them. Letters after ANSI/ISA-5.1-2009 and EN 62424, power plants after KKS (VGB-B 105).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from casparian.tags.data import bare, table

_NODE = re.compile(r"^\s*(?:nsu?=[^;]*;)?[sigb]=")
_PROVIDER = re.compile(r"^\s*\[[^\]]*\]")
_SEPARATORS = re.compile(r"[\\/|.:>~]+")
_BETWEEN = re.compile(r"[_\-\s]+")
_LOOP = re.compile(
    r"(?P<area>\d{0,5})(?P<letters>[A-Za-z]{2,5})(?P<number>\d{1,6}[A-Za-z]{0,3}\d{0,2})"
)
_NUMBER = re.compile(r"\d{1,6}[A-Za-z]{0,2}")
_KKS = re.compile(r"(?<![A-Z0-9])(\d{0,2}[A-Z]{3}\d{2})[ _-]?C([A-Z])(\d{3})(?!\d)")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Ý])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\D)(?=\d)")
# letters that spell a word, an address or a device rather than a loop
_OTHER = frozenset(
    ["AREA", "FACE", "PLC", "PLT", "DCS", "CASE", "TEST", "ESP", "SP", "OP", "AO", "CELL", "RACK"]
)  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """letters: of the loop, in upper case; first, modifier, functions: what they mean.

    system: isa, din or kks. before: words of the same segment in front of it, as the unit it is in.
    behind: those after it that name no attribute.
    """

    letters: str
    number: str
    first: str
    modifier: str | None
    functions: tuple[str, ...]
    system: str
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        return f"{self.letters}{self.number}"


@dataclass(frozen=True)
class Name:
    """path: segments above the point, without server and provider. item: the point's own segment.

    attribute: which value of the loop (`measurement`, `set point`, `output`, `mode`, `alarm`).
    """

    path: tuple[str, ...]
    item: str
    attribute: str | None
    loop: Loop | None


def take_apart(tag: str, standard: str = "isa") -> Name:
    """The parts of a tag name; never raises."""
    segments = _segments(tag)
    attribute = None
    while len(segments) > 1 and (found := _ending(segments[-1])) is not None:
        attribute, segments = attribute or found or None, segments[:-1]
    for place in range(len(segments) - 1, -1, -1):
        loop, rest = _kks(segments[place]) or _loop(segments[place], standard) or (None, ())
        if loop:
            attribute = attribute or next(filter(None, map(_ending, rest)), None)
            loop = replace(loop, behind=tuple(word for word in rest if _ending(word) is None))
            return Name(tuple(segments[:place]), segments[place], attribute, loop)
    item = segments[-1]
    head, _, tail = item.rpartition("_")
    if head and (found := _ending(tail)):
        item, attribute = head, attribute or found
    return Name(tuple(segments[:-1]), item, attribute, None)


def _segments(tag: str) -> list[str]:
    text = _PROVIDER.sub("", _NODE.sub("", tag.strip()))
    server = text.startswith("\\\\")
    found = [part.strip() for part in _SEPARATORS.split(text) if part.strip()]
    return (found[1:] if server and len(found) > 1 else found) or [tag]


@cache
def _endings() -> dict[str, str]:
    letters = table("letters")
    found = dict.fromkeys(letters["ignored"], "")
    return found | {word: name for name, words in letters["attributes"].items() for word in words}


def _ending(segment: str) -> str | None:
    """The attribute that a segment names, "" for one that says nothing, None for another word."""
    return _endings().get(bare(segment))


def _kks(segment: str) -> tuple[Loop, tuple[str, ...]] | None:
    found = _KKS.search(segment)
    if not found or found[2] not in table("letters")["kks"]:
        return None
    loop = Loop(f"C{found[2]}", found[3], found[2], None, (), "kks", (found[1],))
    return loop, tuple(filter(None, _BETWEEN.split(segment[found.end() :])))


def _loop(segment: str, standard: str) -> tuple[Loop, tuple[str, ...]] | None:
    """The loop in a segment and the words behind it; the last one that makes sense."""
    words = [word for word in _BETWEEN.split(segment) if word]
    for place in range(len(words) - 1, -1, -1):
        for area, letters, number, used in _candidates(words, place):
            meaning = _meaning(letters, standard)
            if meaning:
                before = (*words[:place], *([area] if area else []))
                loop = Loop(letters.upper(), number, *meaning, standard, before)
                return loop, tuple(words[place + used :])
    return None


def _candidates(words: list[str], place: int) -> Iterator[tuple[str, str, str, int]]:
    word = words[place]
    if found := _LOOP.fullmatch(word):
        yield found["area"], found["letters"], found["number"], 1
    follows = words[place + 1] if place + 1 < len(words) else ""
    if word.isalpha() and 2 <= len(word) <= 5 and _NUMBER.fullmatch(follows):
        yield "", word, follows, 2


def _meaning(letters: str, standard: str) -> tuple[str, str | None, tuple[str, ...]] | None:
    """First letter, modifier and functions; None for letters that are no loop's."""
    if letters.upper() in _OTHER or not (letters.isupper() or letters.islower()):
        return None
    upper, tables = letters.upper(), table("letters")
    first, rest = upper[0], upper[1:]
    if first not in tables["isa"] and first not in tables.get(standard, {}):
        return None
    if upper.startswith("DP") and rest[1:]:  # a differential pressure, as most plants write it
        first, rest = "P", f"D{rest[1:]}"
    modifier = rest[0] if rest[0] in tables["modifiers"] else None
    if modifier == "S" and not rest[1:].strip("HL"):
        modifier = None  # TS, LSHH: a switch; TSE: a safety element
    functions = rest[1:] if modifier else rest
    ends = functions.rstrip("HL")
    if any(f in "HL" for f in ends) or not set(functions) <= set(tables["functions"]):
        return None
    if functions and not ends and functions not in ("H", "L", "HH", "LL"):
        return None
    return first, modifier, tuple(tables["functions"][f] for f in functions)


def words_of(text: str) -> list[str]:
    """Words of a name or a description in lower case, without accents, camel case parted."""
    parted = _CAMEL.sub(" ", text)
    return [bare(word) for word in re.findall(r"[^\W_]+", parted)]
