"""The JSON documents of an agent, jsonVersion 1 and 2, one in a file or many."""

from __future__ import annotations

from collections.abc import Iterator

from casparian.formats.mtconnect import answers, entities
from casparian.formats.mtconnect.gather import Gather
from casparian.formats.mtconnect.header import made
from casparian.formats.mtconnect.json_frames import Document, documents, opened
from casparian.formats.mtconnect.json_observations import Places, observations
from casparian.formats.mtconnect.numbering import Numbering
from casparian.formats.mtconnect.observations import Observations
from casparian.formats.mtconnect.skeleton import ROOT
from casparian.formats.mtconnect.tables import TABLES, Tables
from casparian.formats.mtconnect.xml_format import MTConnectXml
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches

Part = Batch | Damage | Note


class MTConnectJson:
    """MTConnect documents as JSON."""

    name = "mtconnect_json"
    version = "1.0.0"
    contract = "mtconnect"
    tables = MTConnectXml.tables
    summary = "MTConnect JSON (version 1, 2, MTConnect.NET): Streams, Devices, Assets and Error"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """Certain by the one member that names the document."""
        name = opened(peek)
        return Sniff(1.0, f"the JSON is of {name}") if name else NO

    def read(self, source: Source) -> Iterator[Part]:
        """The same records as from the XML of the same document.

        Raises UnreadableFile for other JSON, or none.
        """
        numbers, tables = Numbering(), Tables(source.timezone)
        gather = Gather(tables, numbers)
        try:
            for document in documents(source.open):
                yield from _parts(document, gather, source.timezone)
        except UnreadableFile as error:
            if not numbers.count:
                raise
            yield numbers.damage(TABLES["Samples"], "damaged_file", b"", str(error))
        yield from gather.flush()
        if not numbers.count:
            yield Note("The documents hold nothing where observations, devices or assets stand.")
        yield from tables.devices()


def _parts(document: Document, gather: Gather, timezone: str | None) -> Iterator[Part]:
    if document.name == ROOT:
        yield from gather.document(_streams(document))
    else:
        found = batches(_records(document), answers.COLUMNS, timezone)
        yield from gather.numbers.add(found)


def _streams(document: Document) -> Iterator[Observations]:
    yield from observations(document.entities(), Places(document.header))
    if document.broken:
        raise UnreadableFile(document.broken)


def _records(document: Document) -> Iterator[Record | Damage]:
    """Records of devices, assets and errors; damage for what breaks off behind some."""
    header = made(document.name, document.header)
    table = answers.DAMAGED[document.name]
    for number, entity in enumerate(document.entities(), 1):
        if entities.is_deep(entity.value):
            yield Damage(table, 0, "damaged_record", "", f"{entity.name} is nested too deep")
            continue
        part = entities.element(entity.name, entity.value, entity.grouped)
        yield from answers.records(document.name, part, header, number)
    if document.broken:
        yield Damage(table, 0, "damaged_file", "", document.broken)
