"""Logs of adapters, SHDR: observations without an agent around them.

A log knows no categories, types or components: those are in a device model, which is another
file. So a key is a condition where it is reported with a level and the fields of a condition, a
sample where all its values in the file are numbers, and an event else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.mtconnect import assets
from casparian.formats.mtconnect.shdr import Reading, readings
from casparian.formats.mtconnect.shdr_assets import asset_record
from casparian.formats.mtconnect.shdr_log import Asset, Line, Log, Odd
from casparian.formats.mtconnect.shdr_rows import Rows, Survey
from casparian.formats.mtconnect.tables import TABLES, Tables
from casparian.formats.mtconnect.xml_format import MTConnectXml
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches
from casparian.reading.times import Clock

_LINE = re.compile(r"(?:\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?(?:@[\d.]+)?|\d+(?:\.\d+)?)?\|")
_TIMED = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?(?:@[\d.]+)?\|[^|]+\|")
_OF_ASSET = re.compile(r"[^|]*\|@(?:UPDATE_|REMOVE_(?:ALL_)?)?ASSETS?@\|")
_ASSETS_AT_ONCE = 500
NO_MODEL = (
    "A log names no categories: keys reported with condition levels are conditions, keys with "
    "numbers alone are samples, all others events; type and data_item_id are the key."
)
Part = Batch | Damage | Note


class Shdr:
    """Adapter logs in SHDR."""

    name = "mtconnect_shdr"
    version = "1.0.0"
    contract = "mtconnect"
    tables = MTConnectXml.tables
    summary = "SHDR logs of MTConnect adapters: timestamp|key|value|…"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By the share of lines that begin with `timestamp|key|`, if one has a day or an asset."""
        lines = [line for line in peek.text.splitlines()[:200] if line.strip()]
        said = [line for line in lines if not line.lstrip().startswith(("*", "<", "--multiline"))]
        timed = sum(bool(_TIMED.match(line) or _OF_ASSET.match(line)) for line in said)
        like = sum(_LINE.match(line) is not None for line in said)
        if not timed or like < 0.8 * len(said):
            return NO
        return Sniff(0.9, f"{timed} of {len(said)} lines are timestamp|key|value")

    def read(self, source: Source) -> Iterator[Part]:
        """A record an observation, an asset or a line that is neither.

        The file is read twice: what a key is shows in all of its values.
        Raises UnreadableFile where no line is SHDR.
        """
        survey = Survey()
        with source.open() as stream:
            survey.look(Log().read(stream))
        if not survey.records:
            raise UnreadableFile("This is no SHDR log: no line is timestamp|key|value.")
        instance = survey.instance(Clock(source.timezone))
        reading = _Reading(source, Rows(survey.kinds, instance, source.stem))
        with source.open() as stream:
            yield from reading.parts(stream)


@dataclass
class _Reading:
    """The second look over a log."""

    source: Source
    rows: Rows
    log: Log = field(default_factory=Log)
    count: int = 0
    relative: bool = False
    assets: list[tuple[int, Record]] = field(default_factory=list)

    def parts(self, stream: BinaryIO) -> Iterator[Part]:
        tables = Tables(self.source.timezone)
        for found in self.log.read(stream):
            self.rows.device = self._device()
            yield from self._found(found)
            if self.rows.full():
                yield from self._flushed(tables)
            if len(self.assets) >= _ASSETS_AT_ONCE:
                yield from self._assets()
        yield from self._flushed(tables)
        yield from self._assets()
        yield from tables.devices()
        yield from self._notes()

    def _device(self) -> str:
        said = self.log.said
        return said.get("uuid") or said.get("device") or self.source.stem

    def _found(self, found: Line | Asset | Odd) -> Iterator[Damage]:
        if isinstance(found, Odd):
            yield self._damage(found.text, found.reason)
            return
        self.relative |= (found.at or "").replace(".", "", 1).isdecimal()
        if isinstance(found, Asset):
            self.count += 1
            record = asset_record(found, self.rows.device, self.rows.instance)
            self.assets.append((self.count, record))
        else:
            for reading in readings(found.fields):
                if isinstance(reading, Reading):
                    self.count += 1
                    self.rows.add(self.count, found, reading)
                else:
                    yield self._damage(found.text, f"'{reading[:80]}' is no key with a value")

    def _damage(self, text: str, reason: str) -> Damage:
        self.count += 1
        return Damage(TABLES["Samples"], self.count, "damaged_record", text[:2000], reason)

    def _flushed(self, tables: Tables) -> Iterator[Batch | Damage]:
        for found in self.rows.taken():
            yield from tables.batches(found)

    def _assets(self) -> Iterator[Part]:
        waiting, self.assets = self.assets, []
        numbers = pa.array([number for number, _ in waiting], pa.int64())
        records = [record for _, record in waiting]
        for part in batches(records, assets.COLUMNS, self.source.timezone):
            if isinstance(part, Batch):
                rows = numbers.take(pc.subtract(part.rows, 1))
                yield replace(part, rows=rows)

    def _notes(self) -> Iterator[Note]:
        log = self.log
        yield Note(
            f"{log.lines:,} lines: {log.commands:,} are commands, {log.blank:,} blank,"
            f" {log.of_assets:,} go on with an asset; the others hold {self.count:,} records."
        )
        yield Note(NO_MODEL)
        if self.relative:
            yield Note(
                "Some timestamps are numbers, relative to a start that the log does not say."
            )
