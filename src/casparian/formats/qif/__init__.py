"""QIF documents 2.0, 2.1 and 3.0: results, statistics and plans.

Fills spc_measurements and spc_attributes from results, spc_capability and spc_control_limits from
statistics, spc_characteristics from the characteristic items, and derives spc_parts.
"""

from __future__ import annotations

from collections.abc import Iterator

from casparian.formats.qif.definitions import definitions, notes
from casparian.formats.qif.document import survey
from casparian.formats.qif.names import ROOT
from casparian.formats.qif.results import Results
from casparian.formats.qif.rows import MEASUREMENT_COLUMNS
from casparian.formats.qif.statistics import STATISTICS_COLUMNS, statistics
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches
from casparian.reading.spc import (
    ATTRIBUTES,
    CAPABILITY,
    CHARACTERISTICS,
    CONTROL_LIMITS,
    MEASUREMENTS,
    PARTS,
    columns,
)

COLUMNS = columns(
    {
        MEASUREMENTS: MEASUREMENT_COLUMNS,
        ATTRIBUTES: MEASUREMENT_COLUMNS,
        CAPABILITY: STATISTICS_COLUMNS,
        CONTROL_LIMITS: STATISTICS_COLUMNS,
        CHARACTERISTICS: (),
        PARTS: (),
    }
)


class Qif:
    """The QIF format."""

    name = "qif"
    version = "1.0.0"
    contract = "spc"
    tables = (MEASUREMENTS, ATTRIBUTES, CHARACTERISTICS, CAPABILITY, CONTROL_LIMITS, PARTS)
    summary = "QIF 2.0, 2.1 and 3.0 results, statistics and plans (XML)"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By the root element QIFDocument, whatever its namespace."""
        if peek.root is None or peek.root.name != ROOT:
            return NO
        known = "qifstandards.org" in peek.root.namespace
        return Sniff(1.0 if known else 0.9, "the root element is QIFDocument")

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every measured characteristic in document order, then statistics, items and parts.

        Raises UnreadableFile for what is no QIF document or is broken.
        """
        yield from batches(_records(source), COLUMNS, None)  # times in QIF are UTC


def _records(source: Source) -> Iterator[Record | Note]:
    with source.open() as stream:
        document = survey(stream)
    results = Results(document, source.stem)
    with source.open() as stream:
        yield from results.read(stream)
    yield from statistics(results)
    yield from definitions(results)
    yield from results.parts.records()
    yield from map(Note, notes(results))


FORMAT = Qif()
