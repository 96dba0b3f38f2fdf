"""Suggestions for tags: quantity, unit, asset and alias, each with a confidence and a reason.

What speaks of a tag (its unit, its description, its letters, the words in its name) is weighed:
what agrees makes surer, what disagrees is said and makes less sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol, runtime_checkable

from casparian.tags import units
from casparian.tags.data import bare, table
from casparian.tags.names import Name, take_apart, words_of

_CAMEL_WORD = re.compile(r"[^\W_]+")
_SPACES = re.compile(r"\s+")
FILLERS = frozenset(
    ["the", "of", "a", "an", "and", "in", "at", "to", "for", "de", "du", "des", "la", "le", "les",
     "der", "die", "das", "von", "und", "im", "am"]
)  # fmt: skip
LONGEST_ALIAS = 4  # words of a description


@dataclass(frozen=True)
class Known:
    """What is known of a tag. Anything but the name may be None."""

    tag_name: str
    description: str | None = None
    units: str | None = None
    tag_alias: str | None = None
    asset_id: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """What a tag probably is. quantity, units, asset_id and tag_alias are None for no idea.

    confidence: 0 to 1, of the quantity. reason: what it rests on, in words.
    """

    tag_name: str
    tag_alias: str | None = None
    quantity: str | None = None
    units: str | None = None
    asset_id: str | None = None
    confidence: float = 0.0
    reason: str = ""


@runtime_checkable
class Suggester(Protocol):
    """Whoever suggests: the rules here, or a program of the user's."""

    def suggest(self, tags: Sequence[Known], drafts: Sequence[Suggestion]) -> list[Suggestion]:
        """A suggestion a tag, in the same order. drafts: what others said before, tag by tag."""


@dataclass(frozen=True)
class _Sign:
    quantity: str
    confidence: float
    reason: str


@dataclass(frozen=True)
class Rules:
    """Suggests by letters, words, units and paths alone. standard: `isa` or `din` letters."""

    standard: str = "isa"

    def suggest(self, tags: Sequence[Known], drafts: Sequence[Suggestion] = ()) -> list[Suggestion]:
        """See Suggester. Aliases are unique among these tags."""
        return list(_unique([self._one(tag) for tag in tags]))

    def _one(self, tag: Known) -> Suggestion:
        name = take_apart(tag.tag_name, self.standard)
        unit, unit_reason = _unit(tag, name)
        signs = [*self._signs(tag, name, unit)]
        quantity, confidence, reason = _weighed(signs)
        asset, asset_reason = _asset(tag, name)
        reasons = [reason, unit_reason, _which(name), asset_reason]
        return Suggestion(
            tag.tag_name, tag.tag_alias or _alias(tag, name, quantity, asset), quantity, unit,
            asset, round(confidence, 2), "; ".join(filter(None, reasons)) or "nothing known",
        )  # fmt: skip

    def _signs(self, tag: Known, name: Name, unit: str | None) -> Iterator[_Sign]:
        if name.attribute != "output" and (measured := units.quantity(unit)):
            yield _Sign(measured, 0.8, f"{unit} is a unit of {measured}")
        if tag.description and (found := word_sign(tag.description)):
            yield replace(found, confidence=0.85 * found.confidence)
        if name.loop:
            yield from _letters(name, self.standard)
        elif found := word_sign(_said_by(name)):
            yield replace(found, confidence=0.75 * found.confidence)


def _said_by(name: Name) -> str:
    """The point's own segment; where that is a mere number, the one above it too (`TEMP.1`)."""
    return f"{name.path[-1]} {name.item}" if name.item.isdecimal() and name.path else name.item


def suggest(
    tags: Sequence[Known], *suggesters: Suggester, rules: Rules | None = None
) -> list[Suggestion]:
    """What the rules say, then what each other suggester makes of it; the surer one stands."""
    found = (rules or Rules()).suggest(tags)
    for each in suggesters:
        said = each.suggest(tags, found)
        found = [
            new if new.confidence > old.confidence else old
            for old, new in zip(found, said, strict=True)
        ]
    return list(_unique(found))


def _letters(name: Name, standard: str) -> Iterator[_Sign]:
    loop = name.loop
    if loop is None:
        return
    letters = table("letters")
    system = {"isa": "ISA-5.1", "din": "EN 62424", "kks": "KKS"}[loop.system]
    entry = letters.get(loop.system, {}).get(loop.first) or letters["isa"][loop.first]
    quantity, sure = entry["quantity"], entry["confidence"]
    if loop.first == "F" and loop.modifier == "Q":
        quantity, sure = "volume", sure * 0.9
    if loop.letters in ("AI", "DI"):  # as often an analogue or digital input
        sure *= 0.4
    if loop.functions[-1:] in (("valve",), ("final element",)):
        quantity, sure = "position", sure * 0.9
    elif loop.functions[-1:] == ("switch",) or set(loop.functions) & {"alarm", "high", "low"}:
        quantity, sure = "state", sure * 0.8
    meant = " ".join(filter(None, (letters["modifiers"].get(loop.modifier), entry["quantity"])))
    does = " ".join(loop.functions)
    yield _Sign(quantity, sure, f"{loop.tag} is {meant}{' ' if does else ''}{does} ({system})")


@cache
def _words() -> dict[tuple[str, ...], str]:
    return {
        tuple(bare(phrase).split()): quantity
        for quantity, facts in table("words").items()
        for phrase in facts["words"]
    }


def word_sign(text: str) -> _Sign | None:
    """The quantity that words in a text say: the longest phrase; of two the first.

    A German compound counts by its end (Kesseldruck), a little less.
    """
    words = words_of(text)
    for length in (3, 2, 1):
        for place in range(len(words) - length + 1):
            phrase = tuple(words[place : place + length])
            if quantity := _words().get(phrase):
                return _Sign(quantity, 1.0, f"'{' '.join(phrase)}' says {quantity}")
    for word in words:
        for (end, *more), quantity in _words().items():
            if not more and len(end) > 4 and len(word) > len(end) + 1 and word.endswith(end):
                return _Sign(quantity, 0.9, f"'{word}' says {quantity}")
    return None


def family(quantity: str | None) -> str | None:
    """The wider quantity: flow for mass flow."""
    facts = table("words").get(quantity or "")
    return facts.get("part_of", quantity) if facts else quantity


def _weighed(signs: list[_Sign]) -> tuple[str | None, float, str]:
    if not signs:
        return None, 0.0, ""
    best = max(signs, key=lambda sign: sign.confidence)
    doubt, quantity = 1.0, best.quantity
    against = []
    for sign in signs:
        if family(sign.quantity) == family(best.quantity):
            doubt *= 1 - sign.confidence
            quantity = sign.quantity if quantity == family(quantity) else quantity
        else:
            against.append(sign)
    sure = 1 - doubt
    for sign in against:
        sure *= 1 - sign.confidence / 2
    mine = [sign.reason for sign in signs if sign not in against]
    return (
        quantity,
        min(sure, 0.99),
        "; ".join([*mine, *(f"but {sign.reason}" for sign in against)]),
    )


def _unit(tag: Known, name: Name) -> tuple[str | None, str]:
    if tag.units:
        known = units.unit(tag.units)
        return known or tag.units, "" if known == tag.units else f"unit given as '{tag.units}'"
    if found := units.stated(tag.description):
        return found[0], f"unit from '{found[1]}' of the description"
    if name.attribute == "output":
        return "%", "an output is in %"
    if found := units.suffixed(tag.tag_name):
        return found[0], f"unit from the ending '{found[1]}'"
    return None, ""


def _which(name: Name) -> str:
    return f"its {name.attribute}" if name.attribute not in (None, "measurement") else ""


def _asset(tag: Known, name: Name) -> tuple[str | None, str]:
    """The unit that a tag is in: as listed, in front of its loop, above it in its path."""
    if tag.asset_id:
        return tag.asset_id, ""
    if name.loop:
        for word in name.loop.before:
            if any(letter.isdecimal() for letter in word):
                return word, f"asset {word} stands before the loop"
    if name.path:
        return name.path[-1], f"asset {name.path[-1]} from the path"
    if not name.loop and (before := _before_quantity(name.item)):
        return before, f"asset {before} stands before the quantity"
    return None, ""


def _before_quantity(item: str) -> str | None:
    """`Line1_Oven` of `Line1_Oven_Temp`: what stands before the first word of a quantity."""
    parts = re.split(r"[_\-\s]+", item)
    for place in range(1, len(parts)):
        if word_sign(parts[place]):
            return "_".join(parts[:place])
    return None


def _alias(tag: Known, name: Name, quantity: str | None, asset: str | None) -> str | None:
    """`U004.Temperature01`, or the description's own words, with the value of the loop behind."""
    if tag.description:
        body = _camel(_told(tag.description, asset))
    elif loop := name.loop:
        others = [word for word in (*loop.before, *loop.behind) if word != asset]
        body = f"{_camel((quantity or loop.letters).split())}{loop.number}{_camel(others)}"
    else:
        ending = units.suffixed(name.item)
        item = name.item.removesuffix(ending[1]) if ending else name.item
        body = _camel(word for word in _CAMEL_WORD.findall(item) if bare(word) not in FILLERS)
    if not body:
        return None
    ends = {"set point": ".SetPoint", "output": ".Output", "mode": ".Mode", "alarm": ".Alarm"}
    end = ends.get(name.attribute or "", "")
    end = "" if bare(end[1:]) in bare(body) else end
    return f"{_SPACES.sub('', asset)}.{body}{end}" if asset else f"{body}{end}"


def _told(description: str, asset: str | None) -> list[str]:
    """The words of a description that say something: no fillers, no unit, no asset."""
    stated = units.stated(description)
    text = description.replace(stated[1], " ") if stated else description
    text = re.sub(r"[\[(][^\])]*[\])]", " ", text)
    said = [word for word in _CAMEL_WORD.findall(text) if bare(word) not in FILLERS]
    own = set(words_of(asset or ""))
    kept = [word for word in said if bare(word) not in own] or said
    return kept[:LONGEST_ALIAS] if len(kept) <= LONGEST_ALIAS else kept[-LONGEST_ALIAS:]


def _camel(words: Iterable[str]) -> str:
    return "".join(word[:1].upper() + word[1:] for word in words)


def _unique(found: Sequence[Suggestion]) -> Iterator[Suggestion]:
    """Of tags that would share an alias each takes its own name behind it."""
    counts: dict[str, int] = {}
    for each in found:
        counts[each.tag_alias or ""] = counts.get(each.tag_alias or "", 0) + 1
    for each in found:
        if each.tag_alias and counts[each.tag_alias] > 1:
            yield replace(each, tag_alias=f"{each.tag_alias} ({each.tag_name})")
        else:
            yield each
