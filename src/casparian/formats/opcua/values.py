"""OPC UA values in JSON: exports of history and PubSub messages, in documents, lists or lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from casparian.formats.opcua.history import MEMBERS, History, meaning
from casparian.formats.opcua.messages import Messages, is_message
from casparian.formats.opcua.runs import Runs
from casparian.formats.opcua.tables import COLUMNS, VALUES, damage
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.bulk import Bulk, batches_of
from casparian.reading.json_held import Member, Shape, held
from casparian.reading.json_stream import Broken
from casparian.reading.peek import Peek
from casparian.reading.records import Record

_NODE = (
    *("NodeId", "nodeId", "node_id", "DisplayName", "displayName", "display_name", "DataType"),
    *("dataType", "data_type", "ApplicationUri", "ServerUri", "EndpointUrl"),
)
_MESSAGE = (
    *("MessageId", "MessageType", "PublisherId", "WriterGroupName", "DataSetWriterId"),
    *("DataSetWriterName", "Timestamp"),
)
_SHAPE = Shape(
    holders=("", "item", "Results.item", "results.item", "Response.Results.item", "nodes.item"),
    members=(*_NODE, *_MESSAGE),
    leaves=(
        *("DataValues.item", "dataValues.item", "data_values.item", "Values.item", "values.item"),
        *("HistoryData.DataValues.item", "HistoryData.Body.DataValues.item", "value.item"),
        *("historyData.dataValues.item", "History.item", "history.item", "Data.item"),
        *("data.item", "Messages.item", "Results.item", "results.item", "items.item"),
        *("Items.item", "readings.item", "samples.item", "body.item", "body.Messages.item"),
    ),
)
_MEMBERS = {"messages", "payload", "datasetwriterid", "publisherid", "metadataversion"}
_OWN = frozenset(("sourcetimestamp", "servertimestamp", "sourcetime", "servertime"))


class OpcUaValues:
    """JSON of OPC UA to `opc_values`."""

    name, version, contract = "opcua_json", "1.0.0", "opcua"
    tables = (VALUES,)
    summary = "OPC UA JSON: history exports, DataValues, PubSub messages (Part 14)"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By the members of PubSub messages, or by the two times of a DataValue."""
        names = {part for path in peek.json_paths for part in path.split(".")}
        folded = {name.replace("_", "").lower(): name for name in names}
        kinds = sorted(folded[name] for name in _MEMBERS & folded.keys())
        if "messagetype" in folded and '"ua-' in peek.text:
            return Sniff(1.0, "messages of type ua-…")
        if "payload" in folded and len(kinds) > 1:
            return Sniff(0.97, f"members {', '.join(kinds)}")
        times = _OWN & folded.keys()
        if times and ("nodeid" in folded or "statuscode" in folded or "datavalues" in folded):
            return Sniff(0.97, "DataValues of nodes")
        if "nodeid" in folded and "value" in folded and folded.keys() & {"timestamp", "statuscode"}:
            return Sniff(0.93, "values of NodeIds")
        return Sniff(0.8, "values with source and server times") if times else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Every value of a node or of a message's field.

        Raises UnreadableFile for text that is no JSON or stops being it.
        """
        yield from batches_of(_records(source), COLUMNS, source.timezone)


def _records(source: Source) -> Iterator[Record | Bulk | Damage | Note]:
    runs = Runs()
    messages = Messages(runs)
    history = History(source.stem, runs, messages)
    try:
        for each in _told(source, messages, history):
            if isinstance(each, Damage):
                yield from runs.ready()  # what stands before the damage
            yield each
    except UnreadableFile:
        yield from runs.ready()
        raise
    yield from runs.ready()
    yield from messages.notes()
    yield from history.notes()


def _told(source: Source, messages: Messages, history: History) -> Iterator[Record | Bulk | Damage]:
    of: Mapping[str, Any] = {}
    around: dict[str, Any] = {}
    for value, members in held(source.open, _SHAPE, _is_named):
        if isinstance(value, Broken):
            yield damage(value.text, f"no JSON: {value.reason}")
        elif isinstance(value, Member):
            continue
        elif isinstance(value, dict) and is_message(value):
            yield from messages.message(value, members)
        else:
            if members is not of:
                of, around = members, _node(members)
            yield from history.entry(value, around)


def _is_named(members: Mapping[str, Any]) -> bool:
    return not {"NodeId", "PublisherId", "DataSetWriterId"}.isdisjoint(
        {meaning(name) for name in members} | members.keys()
    )


def _node(members: Mapping[str, Any]) -> dict[str, Any]:
    found = {meaning(name): value for name, value in members.items()}
    return {name: found[name] for name in MEMBERS if name in found}
