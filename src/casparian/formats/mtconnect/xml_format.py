"""The XML documents of an agent, one in a file or many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, cast

from casparian.formats.mtconnect import answers
from casparian.formats.mtconnect.archive import Junk
from casparian.formats.mtconnect.assets import stands_alone
from casparian.formats.mtconnect.documents import Document, documents
from casparian.formats.mtconnect.gather import Gather
from casparian.formats.mtconnect.header import DOCUMENTS
from casparian.formats.mtconnect.numbering import Numbering
from casparian.formats.mtconnect.schema_check import Kept
from casparian.formats.mtconnect.streams import read_observations
from casparian.formats.mtconnect.tables import DEVICES, TABLES, Tables
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import batches
from casparian.reading.xml_encoding import parsable

_INSIDE = re.compile(r"<(?:[\w.-]+:)?(MTConnect(?:Streams|Devices|Assets|Error))[\s/>]")
MOST_NOTES = 20  # on schemas; an archive may hold thousands of documents
Part = Batch | Damage | Note


class MTConnectXml:
    """MTConnect documents as XML."""

    name = "mtconnect"
    version = "1.1.0"
    contract = "mtconnect"
    tables = (*TABLES.values(), DEVICES, *(t for t in answers.COLUMNS if t != DEVICES))
    summary = "MTConnect XML of an agent: Streams, Devices, Assets and Error, versions 1.0 to 2.x"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """Certain by the root element; sure where documents stand behind part headers."""
        name = root_name(peek)
        if name in DOCUMENTS:
            return Sniff(1.0, f"the root element is {name}")
        if stands_alone(peek):
            return Sniff(0.95, f"one asset: <{name}> with its assetId")
        found = _INSIDE.search(peek.text) if not peek.root else None
        if found and "<" not in peek.text[: found.start()].replace("<?xml", ""):
            return Sniff(0.95, f"documents of {found[1]} follow one another")
        return NO

    def read(self, source: Source) -> Iterator[Part]:
        """Every complete record of every document, damage where one ends early.

        Raises UnreadableFile for a file of other XML or of none, or one that declares a DTD.
        """
        numbers, tables = Numbering(), Tables(source.timezone)
        gather = Gather(tables, numbers)
        with source.open() as stream:
            for each in documents(stream):
                if isinstance(each, Junk):
                    yield numbers.junk(TABLES["Samples"], each.text)
                else:
                    yield from _checked(each, gather, source)
        yield from gather.flush()
        yield from tables.devices()


def _checked(document: Document, gather: Gather, source: Source) -> Iterator[Part]:
    """One document, and how it fits the schema of its version where a folder of them is given."""
    if source.schemas is None:
        yield from _whole(document, gather, source)
        return
    kept = Kept(document)
    yield from _whole(kept, gather, source)
    notes = gather.numbers.notes
    if len(notes) < MOST_NOTES:
        for sentence in kept.check(source.schemas):
            notes.add(sentence)
            yield Note(sentence)


def root_name(peek: Peek) -> str:
    """The local name of the root element, "" for none."""
    return peek.root.name if peek.root else ""


def _whole(document: Document | Kept, gather: Gather, source: Source) -> Iterator[Part]:
    """One document. What is wrong with a later one is damage, that of the first is of the file."""
    peek, numbers = Peek("", document.head), gather.numbers
    root = root_name(peek)
    stream = cast("BinaryIO", document)
    try:
        if root in answers.DAMAGED or stands_alone(peek):
            known = root in answers.DAMAGED
            records = answers.read_xml(stream) if known else answers.read_asset(stream, root)
            yield from numbers.add(batches(records, answers.COLUMNS, source.timezone))
        else:
            yield from gather.document(read_observations(parsable(stream)))
    except UnreadableFile as error:
        if not numbers.count:
            raise
        table = answers.DAMAGED.get(root, TABLES["Samples"])
        yield numbers.damage(table, "damaged_file", document.head[:500], str(error))
