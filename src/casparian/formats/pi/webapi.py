"""Answers of PI Web API, saved as files: values of streams and stream sets, summaries, points.

An answer of any size passes in bounded memory: what is small is read whole, so that the order of
its members does not matter; a large stream comes value by value, and where its name stands after
its values the file is passed through once more for the names.

Source: PI Web API Reference: Stream, StreamSet, Point, Attribute, Error Handling.
"""

from __future__ import annotations

from collections.abc import Iterator

from casparian.formats.base import NO, Batch, Damage, Note, Sniff, Source
from casparian.formats.json_stream import PARTS, Broken, items
from casparian.formats.peek import Peek
from casparian.formats.pi.answers import Answers, Stream, error_text
from casparian.formats.pi.tables import COLUMNS, TAGS, VALUES, damage
from casparian.formats.records import Record, batches

_HOLDERS = ("", "item", "Items.item", "item.Items.item")
_HEADER = (
    *("WebId", "Name", "Path", "Links", "UnitsAbbreviation", "SourceName", "SourcePath"),
    *("Errors", "Message"),
)
_ELEMENTS = ("Items.item", "Events.item")
_FLAGS = ("Good", "Questionable", "Substituted", "Annotated", "UnitsAbbreviation")
_POINT = ("PointType", "PointClass", "EngineeringUnits", "DefaultUnitsName", "DigitalSetName")


def _under(holder: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{holder}.{name}" if holder else name for name in names)


_HEADERS = {path for holder in _HOLDERS for path in _under(holder, _HEADER)}
_LEAVES = {path for holder in _HOLDERS for path in _under(holder, _ELEMENTS)} - set(_HOLDERS)


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
        if peek.json_paths & {"Errors.item", "Message"} and not ends - {
            "Message",
            "item",
            "Errors",
        }:
            return Sniff(0.4, "an error answer")
        return (
            Sniff(0.6, "Items with Timestamp") if "Items.item.Timestamp" in peek.json_paths else NO
        )

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every value and point. An error that the server reports is damage.

        Raises UnreadableFile for text that is no JSON or stops being it.
        """
        yield from batches(_records(source), COLUMNS, source.timezone)


def _records(source: Source) -> Iterator[Record | Damage | Note]:
    answers = Answers(source.stem)
    with source.open() as stream:
        open_: dict[str, Stream] = {}
        later: list[Stream] | None = None
        opened = 0
        for path, value in items(stream, *_HEADERS, *_LEAVES, large=_HOLDERS, lines=True):
            if value is PARTS:
                open_ = {
                    held: each for held, each in open_.items() if held in path and held != path
                }
                open_[path] = Stream()
                opened += 1
            elif isinstance(value, Broken):
                yield damage(value.text, f"no JSON: {value.reason}")
            elif path in _HEADERS:
                holder, _, name = path.rpartition(".")
                open_[holder].learn(name, value)
                if name in ("Errors", "Message") and value:
                    yield damage(value, error_text({name: value}))
            else:
                holder = path.rpartition(".")[0].rpartition(".")[0]
                within = open_.get(holder)
                if within and not within.named:
                    later = _streams_after(source) if later is None else later
                    within.take(later[opened - 1])
                yield from answers.entry(value, within)
    yield from answers.notes()


def _streams_after(source: Source) -> list[Stream]:
    """What stands beside the values of each large stream, before them or after."""
    found: list[Stream] = []
    open_: dict[str, Stream] = {}
    with source.open() as stream:
        for path, value in items(stream, *_HEADERS, large=_HOLDERS, lines=True):
            if value is PARTS:
                open_[path] = Stream()
                found.append(open_[path])
            elif path in _HEADERS:
                holder, _, name = path.rpartition(".")
                open_[holder].learn(name, value)
    return found
