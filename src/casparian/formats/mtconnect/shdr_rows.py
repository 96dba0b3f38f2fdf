"""What the keys of a log are, and its observations as rows.

A log has no sequence and no instance: the sequence is the record's number in the file, the
instance the second of its first timestamp, so that a log that has grown keeps its rows' keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from casparian.formats.mtconnect.clock import utc
from casparian.formats.mtconnect.loose import Loose, Place
from casparian.formats.mtconnect.observations import TEXT, Observations, from_loose
from casparian.formats.mtconnect.shdr import (
    CONDITION,
    EVENTS,
    LEVELS,
    NUMBERS,
    SAMPLES,
    Reading,
    condition,
    readings,
)
from casparian.formats.mtconnect.shdr_log import Asset, Line, Odd
from casparian.reading.times import Clock

AT_ONCE = 8192
MOST_KEYS = 100_000  # beyond, a key is judged by each of its values
NOTHING = ("", "UNAVAILABLE")


@dataclass
class Survey:
    """What a first look over the log found. kinds: category by key; instance: None for none."""

    kinds: dict[str, str] = field(default_factory=dict)
    stamps: list[str] = field(default_factory=list)
    records: int = 0

    def look(self, found: Iterable[Line | Asset | Odd]) -> None:
        for each in found:
            self.records += not isinstance(each, Odd)
            if isinstance(each, Line):
                if each.at and len(self.stamps) < 100:
                    self.stamps.append(each.at)
                for reading in readings(each.fields):
                    if isinstance(reading, Reading):
                        self._learn(reading)

    def _learn(self, reading: Reading) -> None:
        known = self.kinds.get(reading.key)
        if known == CONDITION or (known == EVENTS and reading.kind != CONDITION):
            return
        if (kind := reading.kind or kind_of(reading.text)) and len(self.kinds) < MOST_KEYS:
            self.kinds[reading.key] = kind

    def instance(self, clock: Clock) -> int | None:
        """Seconds since 1970 of the first timestamp that can be read."""
        times = utc(pa.array(self.stamps, TEXT), clock).drop_null() if self.stamps else []
        return int(pc.cast(times[0], pa.int64()).as_py()) // 1_000_000 if len(times) else None


def kind_of(text: str) -> str | None:
    """Samples for numbers, Events for other text, None for no value."""
    text = text.strip()
    if text in NOTHING:
        return None
    return SAMPLES if NUMBERS.fullmatch(text) else EVENTS


@dataclass
class Rows:
    """Collects observations. `device`: the uuid of those without a device in their key."""

    kinds: dict[str, str]
    instance: int | None
    device: str
    waiting: list[Loose] = field(default_factory=list)
    places: dict[tuple[str, str, str], Place] = field(default_factory=dict)

    def add(self, number: int, line: Line, reading: Reading) -> None:
        """One observation, the `number`-th record of the file."""
        kind = reading.kind or self.kinds.get(reading.key) or kind_of(reading.text) or EVENTS
        if kind == CONDITION and reading.kind != CONDITION:
            if reading.text.strip().upper() in LEVELS:
                reading = condition(reading.key, reading.text)
            else:
                kind = EVENTS
        prefix, colon, key = reading.key.partition(":")
        device, key = (prefix, key) if colon else ("", prefix)
        attributes = {"dataItemId": key, "name": key, "sequence": str(number), **reading.fields}
        if reading.element:
            attributes["type"] = key
        if line.at:
            attributes["timestamp"] = line.at
        if line.duration:
            attributes["duration"] = line.duration
        place = self._place(kind, device)
        element = reading.element or key
        self.waiting.append(
            Loose(number, place, element, attributes, reading.text, reading.children)
        )

    def _place(self, kind: str, device: str) -> Place:
        key = (kind, device, self.device)
        if key not in self.places:
            instance = None if self.instance is None else str(self.instance)
            self.places[key] = Place(kind, instance, device or self.device, device or None)
        return self.places[key]

    def full(self) -> bool:
        return len(self.waiting) >= AT_ONCE

    def taken(self) -> Iterator[Observations]:
        """The observations collected, if any."""
        if self.waiting:
            yield from_loose(self.waiting)
        self.waiting, self.places = [], {}
