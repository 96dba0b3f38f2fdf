"""Values of nodes as JSON: answers to HistoryRead, lists of DataValues, samples of a gateway.

Exports differ in what they call things: `NodeId` and `node_id`, `SourceTimestamp` and
`sourceTime`, and in how deep the values lie; what counts is a value with a status or times, and
the node named beside it or around it.

Source: OPC UA Part 4, 7.11 (DataValue); Part 11, 6.5.3 (HistoryData).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from casparian.formats.opcua.marks import node_id, status
from casparian.formats.opcua.messages import Messages, is_message
from casparian.formats.opcua.runs import Runs
from casparian.formats.opcua.tables import UNNAMED, damage, text
from casparian.reading.base import Damage, Note
from casparian.reading.bulk import Bulk
from casparian.reading.quality import BAD
from casparian.reading.records import Record

_NAMES = {
    "NodeId": "nodeid id node itemid expandednodeid identifier topic",
    "DisplayName": "displayname name nodename tagname browsename",
    "DataType": "datatype builtintype varianttype valuetype",
    "Value": "value val payload",
    "StatusCode": "statuscode status quality",
    "SourceTimestamp": "sourcetimestamp sourcetime timestamp time datetime",
    "ServerTimestamp": "servertimestamp servertime",
    "Origin": "applicationuri serveruri endpointurl server endpoint",
}
_MEANING = {word: name for name, words in _NAMES.items() for word in words.split()}
_WITHIN = frozenset(
    (
        *("datavalues", "values", "historydata", "body", "results", "history", "data", "items"),
        *("value", "readings", "samples", "nodes", "historyreadresult", "historyreadresults"),
        "response",
    )
)
MEMBERS = ("NodeId", "DisplayName", "DataType", "Origin")
_MEMBERS = frozenset(MEMBERS)
_OWN = frozenset(("Value", "StatusCode", "SourceTimestamp", "ServerTimestamp", *MEMBERS))


@lru_cache(maxsize=4096)
def meaning(member: str) -> str:
    """What a member's name means, the name itself where it is none of these."""
    return _MEANING.get(member.replace("_", "").replace(" ", "").lower(), member)


class History:
    """Turns objects of any depth into records. stem: the node of last resort.

    messages: takes PubSub messages, which a broker's export has within objects of its own.
    """

    def __init__(self, stem: str, runs: Runs, messages: Messages):
        self.stem, self.runs, self.messages = stem, runs, messages
        self.seen: dict[str, None] = {}
        self.around: Mapping[str, Any] | None = None  # what `about` was made of
        self.about: dict[str, str | None] = {}

    def notes(self) -> Iterator[Note]:
        return (Note(sentence) for sentence in self.seen)

    def entry(
        self, entry: Any, around: Mapping[str, Any], depth: int = 0
    ) -> Iterator[Record | Bulk | Damage]:
        """A value, or an object that holds some. around: MEMBERS that are known so far."""
        if not isinstance(entry, dict) or depth > 20:
            yield damage(entry, "neither a value nor an object that holds some")
            return
        if entry.keys() <= _OWN and "SourceTimestamp" in entry and _is_plain(entry):
            yield from self._value(entry, around)  # nearly always
            return
        if is_message(entry):
            yield from self.messages.message(entry)
            return
        found = {meaning(name): value for name, value in entry.items()}
        if isinstance(found.get("Value"), list) and "SourceTimestamp" not in found:
            found["values"] = found.pop("Value")  # a list named `value`
        held = found.get("Value")
        if isinstance(held, dict) and _is_reading({meaning(name): 0 for name in held}):
            own = {name: found[name] for name in MEMBERS if name in found}
            yield from self.entry(_with(held, found), {**around, **own}, depth + 1)
        elif _is_reading(found):
            yield from self._value(found, around)
        else:
            yield from self._inner(entry, found, around, depth)

    def _inner(
        self, entry: Any, found: dict[str, Any], around: Mapping[str, Any], depth: int
    ) -> Iterator[Record | Bulk | Damage]:
        own = {name: found[name] for name in MEMBERS if found.get(name) is not None}
        lists = {name: part for name, part in found.items() if name.lower() in _WITHIN and part}
        if not lists and "NodeId" not in found:  # {"ns=2;s=X": [values], ...}
            lists = {name: part for name, part in found.items() if isinstance(part, list) and part}
            for name, part in lists.items():
                for each in part:
                    yield from self.entry(each, {**around, **own, "NodeId": name}, depth + 1)
            if lists:
                return
        if status(found.get("StatusCode"))[1] == BAD:
            yield damage(entry, f"the server answered {status(found['StatusCode'])[0]}")
            return
        for part in lists.values():
            for each in part if isinstance(part, list) else [part]:
                yield from self.entry(each, {**around, **own}, depth + 1)
        if not lists and not self._is_empty(found):
            yield damage(entry, "neither a value nor an object that holds some")

    def _is_empty(self, found: Mapping[str, Any]) -> bool:
        """A node without values, or an answer that says only that all went well."""
        if any(name.lower() in _WITHIN for name in found) or found.keys() <= {"StatusCode"}:
            self.seen["A part of the answer holds no values."] = None
            return True
        return not found

    def _value(self, found: dict[str, Any], around: Mapping[str, Any]) -> Iterator[Record | Bulk]:
        own = not _MEMBERS.isdisjoint(found)
        if own or around is not self.around:
            known = {**around, **{name: found[name] for name in MEMBERS if found.get(name)}}
            self.around, self.about = None if own else around, self._about(known)
        extra = None
        if not found.keys() <= _OWN:
            others = found.keys() - _OWN
            extra = {name: text(value) for name, value in found.items() if name in others}
        type_ = _hashable(found.get("UaType") or found.get("DataType") or around.get("DataType"))
        yield from self.runs.told(self.about, found.get("Value"), found, type_, extra)

    def _about(self, known: Mapping[str, Any]) -> dict[str, str | None]:
        """Whose value it is, by column."""
        node, name = node_id(known.get("NodeId")), known.get("DisplayName")
        if isinstance(name, dict):
            name = name.get("Text", name.get("Name"))
        if node is None and not name:
            node = self.stem
            self.seen[f"No node is named in the file: its name stands for it ({self.stem})."] = None
        origin = text(known.get("Origin")) or UNNAMED
        return {"node_id": node or text(name), "display_name": text(name), "origin": origin}


def _with(held: dict[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """A DataValue with what stands beside it. A time beside one that has its own is a message's."""
    beside = {name: value for name, value in found.items() if name not in (*MEMBERS, "Value")}
    timed = not {meaning(name) for name in held}.isdisjoint(("SourceTimestamp", "ServerTimestamp"))
    if timed and "SourceTimestamp" in beside:
        beside["message_timestamp"] = beside.pop("SourceTimestamp")
    return {**beside, **held}


def _is_reading(found: Mapping[str, Any]) -> bool:
    """A value with a time or a status; a bare status is an answer, not a reading."""
    timed = "SourceTimestamp" in found or "ServerTimestamp" in found
    return timed or ("Value" in found and "StatusCode" in found)


def _is_plain(entry: Mapping[str, Any]) -> bool:
    """No list and no DataValue stands for the value."""
    value = entry.get("Value")
    return not isinstance(value, list | dict) or (isinstance(value, dict) and "Body" in value)


def _hashable(type_: Any) -> Any:
    return node_id(type_) if isinstance(type_, dict) else type_
