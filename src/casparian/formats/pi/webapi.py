"""Answers of PI Web API, saved as files: values of streams and stream sets, summaries, points.

An answer of any size passes in bounded memory: what is small is read whole, so that the order of
its members does not matter; a large stream comes value by value, and where its name stands after
its values the file is passed through once more for the names.

Source: PI Web API Reference: Stream, StreamSet, Point, Attribute, Error Handling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casparian.formats.pi.answers import Answers, error_text
from casparian.formats.pi.stream import Stream
from casparian.formats.pi.tables import COLUMNS, TAGS, VALUES, damage
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.bulk import Bulk, batches_of
from casparian.reading.json_held import Member, Shape, held
from casparian.reading.json_stream import Broken
from casparian.reading.peek import Peek
from casparian.reading.records import Record

_SHAPE = Shape(
    holders=("", "item", "Items.item", "item.Items.item"),
    members=(
        *("WebId", "Name", "Path", "Links", "UnitsAbbreviation", "SourceName", "SourcePath"),
        *("Errors", "Message"),
    ),
    leaves=("Items.item", "Events.item"),
)
_FLAGS = ("Good", "Questionable", "Substituted", "Annotated", "UnitsAbbreviation")
_POINT = ("PointType", "PointClass", "EngineeringUnits", "DefaultUnitsName", "DigitalSetName")


class PiWebApi:
    """JSON of PI Web API to `pi_values` and `pi_tags`."""

    name, version, contract = "pi_webapi", "1.0.0", "pi"
    tables = (VALUES, TAGS)
    summary = "PI Web API JSON: streams, stream sets, summaries, points"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By the members that only its answers have."""
        ends = {path.rpartition(".")[2] for path in peek.json_paths}
        flags = [flag for flag in _FLAGS if flag in ends]
        if "Timestamp" in ends and len(flags) >= 2:
            return Sniff(min(1.0, 0.85 + 0.04 * len(flags)), f"members {', '.join(flags)}")
        point = [name for name in _POINT if name in ends]
        if "WebId" in ends:
            return Sniff(0.97 if point or "Path" in ends else 0.9, "members WebId and Name or Path")
        if peek.json_paths & {"Errors.item", "Message"} and ends <= {"Message", "item", "Errors"}:
            return Sniff(0.4, "an error answer")
        known = "Items.item.Timestamp" in peek.json_paths
        return Sniff(0.6, "Items with Timestamp") if known else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every value and point. An error that the server reports is damage.

        Raises UnreadableFile for text that is no JSON or stops being it.
        """
        yield from batches_of(_records(source), COLUMNS, source.timezone)


def _records(source: Source) -> Iterator[Record | Bulk | Damage | Note]:
    answers = Answers(source.stem)
    try:
        yield from _told(source, answers)
    except UnreadableFile:
        yield from answers.runs.ready()  # what stands before the damage
        raise
    yield from answers.runs.ready()
    yield from answers.notes()


def _told(source: Source, answers: Answers) -> Iterator[Record | Bulk | Damage | Note]:
    of: Mapping[str, Any] = {}
    stream = Stream()
    for value, members in held(source.open, _SHAPE, lambda found: Stream.of(found).named):
        if isinstance(value, Broken):
            yield damage(value.text, f"no JSON: {value.reason}")
        elif isinstance(value, Member):
            if value.name in ("Errors", "Message") and value.value:
                yield damage(value.value, error_text({value.name: value.value}))
        else:
            if members is not of:
                of, stream = members, Stream.of(members)
            yield from answers.told(value, stream if members else None)
