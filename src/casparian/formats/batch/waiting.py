"""Rows that wait for the identifier of their batch, which may stand behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from casparian.formats.batch.nodes import Node
from casparian.reading.records import Record

MOST_WAITING = 10_000


@dataclass
class Waiting:
    """Gives rows on as soon as their batch has a name."""

    _rows: list[tuple[Node, Record]] = field(default_factory=list)

    def out(
        self, node: Node, record: Record, final: bool = False, own: str | None = None
    ) -> Iterator[Record]:
        """A row as soon as its batch has a name; at the end of the record in any case."""
        known = own or _known(node)
        if own:
            yield from self.settled(own)
            yield _with_batch(record, own)
            return
        self._rows.append((node, record))
        if known or final or len(self._rows) >= MOST_WAITING:
            yield from self.settled(known)

    def settled(self, known: str | None) -> Iterator[Record]:
        """The rows that waited."""
        waiting, self._rows = self._rows, []
        for holder, each in waiting:
            yield _with_batch(each, _known(holder) or known)


def _with_batch(record: Record, batch_id: str | None) -> Record:
    named = {"batch_id": batch_id}
    return Record(record.table, {**record.raw, **named}, {**record.fields, **named})


def _known(node: Node) -> str | None:
    batch = node.batch
    return batch.batch_id() if batch else node.fields.get("batchid")
