"""Batch records in XML: BatchML and B2MML production records, and plain batch reports.

Fills batches, batch_phases, batch_parameters and batch_events. The tree of steps is read as it
stands, to any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing

from casparian.formats.batch.columns import TABLES
from casparian.formats.batch.names import BATCH, plain, role
from casparian.formats.batch.reader import Reader
from casparian.reading.base import NO, Batch, Damage, Note, Sniff, Source, UnreadableFile
from casparian.reading.peek import Peek
from casparian.reading.records import Record, batches

_BATCH_ML = re.compile(r"b2mml|batchml", re.IGNORECASE)
_STEPS = re.compile(
    r"<(?:[\w.-]+:)?(?:unit[_-]?procedure|operation|phase|runtime_?recipe_?element|"
    r"recipe_?element|procedure)\b",
    re.IGNORECASE,
)
_BATCH = re.compile(r"<(?:[\w.-]+:)?(?:batch|batch[_-]?(?:record|report)|ebr)\b", re.IGNORECASE)

_EXECUTED = re.compile(r"<(?:[\w.-]+:)?(?:ControlRecipe|BatchProductionRecord)\b")


class BatchRecord:
    """The batch record format."""

    name = "batch"
    version = "1.0.0"
    contract = "batch"
    tables = tuple(TABLES)
    summary = "Batch records in XML: BatchML and B2MML of all versions, plain batch reports"
    stage = 1

    def sniff(self, peek: Peek) -> Sniff:
        """By the root element, or by a batch and steps of its procedure."""
        root = peek.root
        if root is None or plain(root.name) in ("schema", "html"):
            return NO
        if plain(root.name).endswith("batchproductionrecord"):
            return Sniff(1.0, f"the root element is {root.name}")
        steps = len(_STEPS.findall(peek.text))
        named = BATCH in (role(root.name), role(root.name.rstrip("s")), role(root.name[:-2]))
        if _BATCH_ML.search(root.namespace) and not named:
            executed = steps and _EXECUTED.search(peek.text)
            return Sniff(0.95, "BatchML of a control recipe and its steps") if executed else NO
        if named and steps:
            return Sniff(0.95, f"the root element is {root.name} and holds steps of a procedure")
        if steps and _BATCH.search(peek.text):
            return Sniff(0.85, "XML of a batch and steps of its procedure")
        return Sniff(0.5, f"the root element is {root.name}") if named else NO

    def read(self, source: Source) -> Iterator[Batch | Damage | Note]:
        """Steps, parameters and entries as they close, the batch behind them.

        Raises UnreadableFile for XML that is broken or holds no batch, and OSError as it comes.
        """
        return batches(_records(source), TABLES, source.timezone)


def _records(source: Source) -> Iterator[Record]:
    found = False
    with closing(source.open()) as stream:
        for record in Reader().records(stream):
            found = True
            yield record
    if not found:
        raise UnreadableFile("The XML holds no batch and no step of a procedure.")


FORMAT = BatchRecord()
