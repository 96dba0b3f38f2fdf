"""What each object of a PI Web API answer is: a value, a summary, a stream, a point, an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from casparian.formats.pi.runs import Runs, is_plain
from casparian.formats.pi.stream import Stream
from casparian.formats.pi.tables import damage, tag_record, text, unnamed, value_record
from casparian.formats.pi.values import reading
from casparian.reading.base import Damage, Note
from casparian.reading.bulk import Bulk
from casparian.reading.records import Record

_VALUE = frozenset(
    (
        *("Timestamp", "Value", "UnitsAbbreviation", "Good", "Questionable", "Substituted"),
        *("Annotated", "Type"),
    )
)
_TAG = {
    "Descriptor": "description",
    "Description": "description",
    "EngineeringUnits": "units",
    "DefaultUnitsNameAbbreviation": "units",
    "DefaultUnitsName": "units",
    "Zero": "range_low",
    "Span": "span",
    "PointType": "data_type",
    "Type": "data_type",
    "DigitalSetName": "digital_set",
    "PointClass": "point_class",
    "Step": "step",
}
_POINT = frozenset(
    ("PointType", "PointClass", "EngineeringUnits", "DefaultUnitsName", "DataReferencePlugIn")
)


class Answers:
    """Turns the objects of one file into records. stem: the file's name, the tag of last resort."""

    def __init__(self, stem: str):
        self.stem = stem
        self.seen: dict[str, None] = {}
        self.runs = Runs(self._plain)
        self.bare: Stream | None = None
        self.nameless: Stream | None = None

    def notes(self) -> Iterator[Note]:
        return (Note(sentence) for sentence in self.seen)

    def told(self, entry: Any, stream: Stream | None = None) -> Iterator[Record | Bulk | Damage]:
        """One object; plain values are gathered, and come with the first that is not."""
        if (stream is None or not stream.named) and is_plain(entry):
            stream = self._bare(stream)
        if not self.runs.takes(entry, stream):
            yield from self.runs.ready()
            if not self.runs.takes(entry, stream):
                yield from self.entry(entry, stream)
        elif self.runs.full:
            yield from self.runs.ready()

    def _bare(self, stream: Stream | None) -> Stream:
        """A stream that nothing names, under the name of its file."""
        if self.bare is None or stream is not self.nameless:
            self.nameless, self.bare = stream, Stream(stream or {})
            self.bare["tag_name"] = self.stem
            self.seen[unnamed(self.stem)] = None
        return self.bare

    def _plain(self, value: dict[str, Any], stream: Stream) -> Record:
        return self._value(value, stream, "value", value)

    def entry(self, entry: Any, stream: Stream | None = None) -> Iterator[Record | Bulk | Damage]:
        """One object, in a stream or by itself."""
        if not isinstance(entry, dict):
            yield damage(entry, "neither a value nor a tag")
        elif entry.get("Errors") or (entry.get("Message") and "Value" not in entry):
            yield damage(_without_values(entry), error_text(entry))
            yield from self._inner(entry, stream)
        elif "Timestamp" in entry and isinstance(entry.get("Items"), list):
            for each in entry["Items"]:  # streams joined by their times
                joined = (
                    {"Timestamp": entry["Timestamp"]} | each if isinstance(each, dict) else each
                )
                yield from self.entry(joined)
        elif "Timestamp" in entry:
            yield self._value(entry, stream, text(entry.get("Type")) or "value", entry)
        elif isinstance(entry.get("Value"), dict) and "Timestamp" in entry["Value"]:
            yield self._held_value(entry, stream)
        elif _POINT & entry.keys():
            yield self._tag(entry)
        elif isinstance(entry.get("Items", entry.get("Events")), list):
            yield from self._inner(entry, stream)
        elif _is_answer(entry):
            yield from self.entry(entry["Content"])
        elif batch := [each["Content"] for each in entry.values() if _is_answer(each)]:
            for content in batch:
                yield from self.entry(content)
        elif entry.keys() - {"Links"}:
            yield damage(entry, "neither a value nor a tag")

    def _inner(
        self, entry: dict[str, Any], stream: Stream | None
    ) -> Iterator[Record | Bulk | Damage]:
        """The values of a stream, or the streams of a set."""
        found = entry.get("Items", entry.get("Events"))
        if not isinstance(found, list):
            return
        links = entry.get("Links")
        if isinstance(links, dict) and "Next" in links:
            self.seen["The server has more of this: the file is one page of its answer."] = None
        if not found:
            self.seen["A part of the answer holds no values."] = None
        held = Stream.of(entry)
        inner = held if held.named else stream
        for each in found:
            yield from self.told(each, inner)
        yield from self.runs.ready()

    def _held_value(self, entry: dict[str, Any], stream: Stream | None) -> Record:
        """Value within an object that names the stream, or that says which summary it is."""
        value = entry["Value"]
        if "Type" in entry and "WebId" not in entry and "Name" not in entry:
            return self._value(value, stream, text(entry["Type"]) or "value", entry)
        return self._value(value, Stream.of(entry), "value", {})

    def _value(
        self, value: dict[str, Any], stream: Stream | None, kind: str, holder: dict[str, Any]
    ) -> Record:
        if stream is None or not stream.named:
            stream = self._unnamed(value, stream)
        found = reading(
            value.get("Value"),
            value.get("Good"),
            value.get("Questionable"),
            value.get("Substituted"),
        )
        extra = {}
        if len(value) > 7 or not value.keys() <= _VALUE:
            extra = {name: text(each) for name, each in value.items() if name not in _VALUE}
        return value_record(stream, kind, value, found, extra)

    def _unnamed(self, value: dict[str, Any], stream: Stream | None) -> Stream:
        """The value itself may say whose it is; else the file's name has to do."""
        own = Stream.of(value)
        if not own.named:
            own.take(stream or {})
            own["tag_name"] = self.stem
            self.seen[unnamed(self.stem)] = None
        return own

    def _tag(self, entry: dict[str, Any]) -> Record:
        stream = Stream.of(entry)
        found = {name: stream.get(name) for name in ("tag_name", "path", "web_id")}
        for member, column in _TAG.items():
            found[column] = found.get(column) or text(entry.get(member))
        known = {*_TAG, "Name", "Path", "WebId"}
        return tag_record(
            found, {name: text(each) for name, each in entry.items() if name not in known}
        )


def _is_answer(part: Any) -> bool:
    """One answer of a batch request."""
    return isinstance(part, dict) and "Status" in part and isinstance(part.get("Content"), dict)


def _without_values(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in entry.items() if name not in ("Items", "Events")}


def error_text(entry: dict[str, Any]) -> str:
    """What the server says went wrong."""
    found = entry.get("Errors") or entry.get("Message")
    words = []
    for each in found if isinstance(found, list) else [found]:
        said = each.get("Message", each) if isinstance(each, dict) else each
        words += [str(word) for word in said] if isinstance(said, list) else [str(said)]
    return "the server reports an error: " + "; ".join(words)[:500].rstrip(".")
