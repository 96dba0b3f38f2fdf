"""MTConnect Streams: answers of an agent to `sample` and `current`, any version from 1.0.

Fills mtc_samples, mtc_events and mtc_conditions, one row an observation, and derives mtc_devices.
Observations belong in order of (instanceId, sequence), never of time.

Source: ANSI/MTC1.4 and MTConnect Standard 2.x Parts 1.0 and 2.0.
"""

from __future__ import annotations

from collections.abc import Iterator

from casparian.formats.base import NO, Batch, Damage, Sniff, Source
from casparian.formats.mtconnect.observations import Broke, read_observations
from casparian.formats.mtconnect.skeleton import ROOT, wrong_root
from casparian.formats.mtconnect.tables import DEVICES, TABLES, Tables
from casparian.formats.peek import Peek


class MTConnectStreams:
    """The MTConnect Streams format."""

    name = "mtconnect"
    version = "1.0.0"
    contract = "mtconnect"
    tables = (*TABLES.values(), DEVICES)
    summary = "MTConnect Streams XML of an agent (sample, current), versions 1.0 to 2.x"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """Certain by the root element; other MTConnect documents are known, to be refused."""
        name = peek.root.name if peek.root else ""
        if name == ROOT:
            return Sniff(1.0, f"the root element is {ROOT}")
        return Sniff(0.9, wrong_root(name)) if name.startswith("MTConnect") else NO

    def read(self, source: Source) -> Iterator[Batch | Damage]:
        """Every complete observation, then damage if the document ends early.

        Raises UnreadableFile for a document that is not MTConnectStreams or declares a DTD.
        """
        tables = Tables(source.timezone)
        with source.open() as stream:
            for found in read_observations(stream):
                if isinstance(found, Broke):
                    yield Damage(
                        self.tables[0], found.number, "damaged_file", found.tail, found.reason
                    )
                else:
                    yield from tables.batches(found)
        yield from tables.devices()


FORMAT = MTConnectStreams()
