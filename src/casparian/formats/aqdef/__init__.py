"""AQDEF (Q-DAS ASCII transfer format): .dfq, or .dfd with the description and .dfx with values.

Fills spc_measurements, spc_attributes and spc_characteristics; derives spc_parts, and
spc_control_limits and spc_capability where K-fields state them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from casparian.formats.aqdef.characteristic import Told, announced, characteristics
from casparian.formats.aqdef.definitions import definition, stated
from casparian.formats.aqdef.description import Description
from casparian.formats.aqdef.lines import Line, Stray
from casparian.formats.aqdef.rows import PLACEHOLDER, RAW, value_record
from casparian.formats.aqdef.sections import borrow, sections
from casparian.formats.aqdef.values import Assembly
from casparian.reading import spc
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches
from casparian.reading.text import SHOWN_BYTES

_K_LINE = re.compile(r"^\s*K\d{4}(?:/\d+)*(?:[ \t]|$)", re.MULTILINE)
_VALUES = re.compile(r"^[^\x14\x0f\r\n]{0,40}[\x14\x0f]", re.MULTILINE)
_TABLES = spc.columns(RAW)
_THOUSANDTHS = "K0020 counts thousandths of a part: 20000 was read as 20 parts."


class Aqdef:
    """The AQDEF format."""

    name = "aqdef"
    version = "1.0.0"
    contract = "spc"
    tables = tuple(RAW)
    summary = "Q-DAS ASCII transfer format: .dfq, .dfd with .dfx"
    stage = 1
    looks_beside = True

    def sniff(self, peek: Peek) -> Sniff:
        """By K-fields at the beginning of lines, or value lines with Q-DAS's separators."""
        text = peek.text
        found = len(_K_LINE.findall(text))
        written = sum(1 for line in text.splitlines() if line.strip())
        named = peek.filename.removesuffix(".gz").endswith((".dfq", ".dfd", ".dfx"))
        if re.match(r"﻿?\s*K0100[/ ]", text):
            return Sniff(1.0, "begins with K0100, the number of characteristics")
        if found >= 3 and 2 * found > written:
            return Sniff(0.95, f"{found} lines of K-fields")
        if _VALUES.match(text) and "\x14" in text:
            return Sniff(0.9 if named else 0.8, "value lines with the separators of Q-DAS")
        return Sniff(0.5, "named as an AQDEF file") if named and (found or _bare(text)) else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Characteristics, then values in file order, then the parts that were measured.

        Raises UnreadableFile for a file without K-fields and values, OSError where the
        description of a .dfx is missing.
        """
        return batches(_records(source), _TABLES, source.timezone)


def _bare(text: str) -> bool:
    """A .dfx of one characteristic may be nothing but numbers."""
    return bool(re.match(r"﻿?\s*[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s*$", text, re.MULTILINE))


def _records(source: Source) -> Iterator[Record | Damage | Note]:
    identity, parts = spc.Identity(source.stem), spc.Parts()
    notes: dict[str, int] = {}
    for described, following in sections(source):
        for record in _section(source, described, following, identity, notes):
            if isinstance(record, Record):
                parts.saw(record.fields)
            yield record
    if placeholders := notes.pop(PLACEHOLDER, 0):
        yield Note(f"{placeholders} placeholders (K0002 = 255) hold no measurement.")
    yield from map(Note, notes)
    yield from parts.records()


def _section(
    source: Source,
    described: Description,
    following: Iterator[Line],
    identity: spc.Identity,
    notes: dict[str, int],
) -> Iterator[Record | Damage]:
    if not described.began and not described.declared:
        raise UnreadableFile("The file holds no K-fields and no values as Q-DAS writes them.")
    borrowed = described.empty and described.began
    if borrowed:
        described = replace(borrow(source), placed=described.placed)
    known = {each.index: each for each in characteristics(described, source.stem)}
    for each in () if borrowed else known.values():
        yield definition(each)
        yield from stated(each, source.stem)
    if described.cut:
        notes["K-fields longer than 1,024 characters were cut."] = 1
    found = 0
    told = Told(described)
    for value in Assembly(described).values(following):
        found += 1
        if isinstance(value, Stray):
            yield Damage(spc.MEASUREMENTS, 0, "damaged_record", _cut(value.text), value.detail)
        elif value.fields.get("K0002") == PLACEHOLDER:
            notes[PLACEHOLDER] = notes.get(PLACEHOLDER, 0) + 1
        else:
            if value.fields.get("K0020", "").endswith("000"):
                notes[_THOUSANDTHS] = 1
            if value.index not in known:
                known[value.index] = announced(described, value.index, source.stem)
            of, others = known[value.index], told.others(value.index)
            yield value_record(value, of, described, identity, others)
    if not found:
        notes[f"The file holds a description (characteristics: {len(known)}) and no values."] = 1


def _cut(text: str) -> str:
    return text[:SHOWN_BYTES]


FORMAT = Aqdef()
