"""An MTConnect agent as a streaming source: `spark.readStream.format("mtconnect")`.

    register(spark)
    spark.readStream.format("mtconnect").option("url", "http://agent:5000").load()

The agent itself is what is read again after a failure: a batch is a range of sequences of one
instance, so with a checkpoint every observation comes exactly once as long as the agent's buffer
holds it. What the buffer has dropped, and the end of an agent's earlier run, is a gap: the query
fails with one sentence, or goes on and keeps the gap in `ops.gaps` of a lake.

Rows and columns are those of silver: the format's records under the contract's verdict, with the
lineage columns. Records that the contract refuses are the rows of table `quarantine`.

Options
    url           the agent's, several with commas
    table         mtc_samples (default), mtc_events, mtc_conditions, quarantine
    startingFrom  buffer (default: all that the agent holds) or now
    failOnGap     true (default) or false, which needs `lake`
    lake          folder or s3:// of a lake that keeps the gaps
    device, path  only this device, only this part of its model
    count         most observations in one answer, and in one task (10000)
    timeout, retries, accept, insecure, ca   as `casparian poll` has them
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.datasource import DataSource, DataSourceStreamReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from casparian.contracts.model import load
from casparian.contracts.verdict import Judge, Verdict
from casparian.formats.mtconnect import FORMATS
from casparian.lake.gaps import AGENT_RESTART, BUFFER_OVERRUN, Gap, now, write_gaps
from casparian.lake.landed import LINEAGE
from casparian.lake.store import Lake
from casparian.live.agent import Agent, AgentError, Answer, AwayError, OutOfRangeError
from casparian.reading.base import Batch, Damage, Source

CONTRACT = "mtconnect"
TABLES = ("mtc_samples", "mtc_events", "mtc_conditions")
QUARANTINE = "quarantine"
REFUSED = pa.schema([(name, pa.string()) for name in ("table", "rule", "reason", "raw")])
OPTIONS = frozenset(
    name.lower()
    for name in (
        "url", "table", "startingFrom", "failOnGap", "lake", "device", "path", "count", "timeout",
        "retries", "accept", "insecure", "ca",
    )
)  # fmt: skip
NOTHING = {"instanceId": 0, "sequence": 0}  # the offset before anything was read


class GapError(Exception):
    """Observations are gone for good. Carries one sentence."""


@dataclass
class Range(InputPartition):
    """Sequences `first` up to `end` (not with it) of one run of an agent.

    before: take also what each item was before `first`, as far as the agent still knows it.
    """

    url: str
    instance: int
    first: int
    end: int
    before: bool = False


class MTConnectSource(DataSource):
    """The data source `mtconnect`. Raises ValueError for options that cannot be."""

    @classmethod
    def name(cls) -> str:
        return "mtconnect"

    def schema(self) -> StructType:
        return from_arrow_schema(_Options(self.options).schema)

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: N802
        return _Reader(_Options(self.options))


class _Options:
    """The options, checked."""

    def __init__(self, given: Any):
        told = {name.lower(): value for name, value in dict(given).items()}
        if odd := sorted(set(told) - OPTIONS):
            raise ValueError(f"mtconnect knows no option '{odd[0]}'.")
        self.urls = [url.strip() for url in told.get("url", "").split(",") if url.strip()]
        if not self.urls:
            raise ValueError("mtconnect needs the option url, as http://agent:5000.")
        self.table = told.get("table", TABLES[0])
        if self.table not in (*TABLES, QUARANTINE):
            raise ValueError(f"mtconnect has no table '{self.table}': {', '.join(TABLES)}.")
        self.lake = told.get("lake")
        self.fail = told.get("failongap", "true").lower() != "false"
        if not (self.fail or self.lake):
            raise ValueError(
                "failOnGap=false needs the option lake: gaps are kept in its ops.gaps."
            )
        self.history = told.get("startingfrom", "buffer") == "buffer"
        self.count, self.retries = int(told.get("count", 10_000)), int(told.get("retries", 3))
        self._agent = {
            "device": told.get("device"), "path": told.get("path"),
            "timeout": float(told.get("timeout", 10.0)), "kind": told.get("accept", "xml"),
            "verify": told.get("insecure", "false").lower() != "true",
            "ca": Path(told["ca"]) if "ca" in told else None,
        }  # fmt: skip

    @property
    def schema(self) -> pa.Schema:
        """The columns of the table, lineage behind them."""
        own = REFUSED if self.table == QUARANTINE else load(CONTRACT).tables[self.table].schema
        return pa.schema([*own, *LINEAGE])

    def agent(self, url: str) -> Agent:
        return Agent(url, **self._agent)


class _Reader(DataSourceStreamReader):
    """Offsets are {agent: {instanceId, sequence}}, the sequence being the next one to ask for."""

    def __init__(self, options: _Options):
        self.options = options
        self.agents = {agent.name: agent for agent in map(options.agent, options.urls)}
        self._latest: dict[str, dict[str, int]] = {}

    def initialOffset(self) -> dict[str, dict[str, int]]:  # noqa: N802
        if self.options.history:
            return dict.fromkeys(self.agents, NOTHING)
        return {name: self._end(agent) for name, agent in self.agents.items()}

    def latestOffset(self) -> dict[str, dict[str, int]]:  # noqa: N802
        for name, agent in self.agents.items():
            try:
                self._latest[name] = self._end(agent)
            except AwayError:
                if name not in self._latest:  # without it nobody knows that nothing is new
                    raise
        return dict(self._latest)

    def _end(self, agent: Agent) -> dict[str, int]:
        told = _current(agent, self.options.retries).header
        return {"instanceId": told.instance_id or 0, "sequence": told.next_sequence or 0}

    def partitions(
        self, start: dict[str, dict[str, int]], end: dict[str, dict[str, int]]
    ) -> Sequence[Range]:
        found: list[Range] = []
        for name, until in end.items():
            begin = start.get(name, NOTHING)
            if begin != until:
                found += self._ranges(self.agents[name], begin, until)
        return found

    def _ranges(
        self, agent: Agent, begin: dict[str, int], until: dict[str, int]
    ) -> Iterator[Range]:
        """The part of it that the agent still has, in tasks; what it has not is a gap."""
        told = _current(agent, self.options.retries).header
        instance, stop = until["instanceId"], until["sequence"]
        fresh = begin["instanceId"] != instance
        first = 1 if fresh else begin["sequence"]
        held = told.first_sequence or 1
        if fresh and begin["instanceId"]:
            self._gap(agent, begin["instanceId"], begin["sequence"], None, AGENT_RESTART)
        if told.instance_id != instance:  # it began anew since the offset was told
            self._gap(agent, instance, first, stop - 1, AGENT_RESTART)
            return
        if first < held:
            if begin["instanceId"]:  # a first look takes what there is
                self._gap(agent, instance, first, min(held, stop) - 1, BUFFER_OVERRUN)
            first = held
        size = min(self.options.count, told.buffer_size or self.options.count)
        for place in range(first, stop, size):
            yield Range(
                agent.url, instance, place, min(place + size, stop), fresh and place == first
            )

    def _gap(self, agent: Agent, instance: int, first: int, last: int | None, reason: str) -> None:
        note_gap(self.options, agent, instance, first, last, reason)

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, Range)
        return read_range(self.options, partition)


def note_gap(
    options: _Options, agent: Agent, instance: int, first: int, last: int | None, reason: str
) -> None:
    """Keep the gap in the lake. Raises GapError where gaps are to fail the query."""
    missing = None if last is None else last - first + 1
    if options.fail or not options.lake:
        many = "an unknown number of" if missing is None else f"{missing:,}"
        raise GapError(
            f"{agent.name} has dropped {many} observations from {first:,} on of instance "
            f"{instance} ({reason}): set failOnGap=false and lake to go on and keep the gap."
        )
    at = now()
    gap = Gap(agent.name, agent.scope, instance, first, last, missing, reason, None, at, at)
    write_gaps(Lake.at(options.lake), [gap])


@contextmanager
def _files() -> Iterator[Any]:
    """Makes files that go with the block."""
    folder = Path(tempfile.mkdtemp(prefix="casparian-mtconnect-"))
    try:
        yield partial((folder / "answer").open, "wb")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _current(agent: Agent, retries: int) -> Answer:
    """The answer to `current`, only its header is of use; an absent agent is waited for."""
    with _files() as into:
        for attempt in range(retries + 1):
            try:
                return agent.ask("current", into)
            except AwayError:
                if attempt == retries:
                    raise
                time.sleep(2.0**attempt / 2)
    raise AssertionError("not reached")


def read_range(options: _Options, wanted: Range) -> Iterator[pa.RecordBatch]:
    """The rows of the range, in the order of sequences within each answer; runs on the executors.

    Raises GapError where the agent has dropped some meanwhile and gaps are to fail.
    """
    agent = options.agent(wanted.url)
    with _files() as into:
        if wanted.before:
            yield from _before(options, agent, into, wanted)
        place = wanted.first
        while place < wanted.end:
            answer = _ask(options, agent, into, wanted, place)
            if answer is None:
                return
            yield from rows_of(options, answer, agent, place, wanted.end)
            following = answer.header.next_sequence or 0
            if following <= place:
                raise AwayError(f"{agent.name} does not go on at {place:,}.")
            place = following


def _ask(options: _Options, agent: Agent, into: Any, wanted: Range, place: int) -> Answer | None:
    """The answer from `place`; None where the rest of the range is gone and kept as a gap."""
    try:
        answer = agent.ask("sample", into, **{"from": place, "count": wanted.end - place})
        told = answer.header
        instance, held = told.instance_id, told.first_sequence or 1
    except OutOfRangeError:
        told = _current(agent, options.retries).header
        answer, instance, held = None, told.instance_id, told.first_sequence or 1
    if instance != wanted.instance:
        note_gap(options, agent, wanted.instance, place, wanted.end - 1, AGENT_RESTART)
        return None
    if held > place:
        last = min(held, wanted.end) - 1
        note_gap(options, agent, wanted.instance, place, last, BUFFER_OVERRUN)
        if answer is None and held < wanted.end:
            return _ask(options, agent, into, wanted, held)
    return answer


def _before(options: _Options, agent: Agent, into: Any, wanted: Range) -> Iterator[pa.RecordBatch]:
    """What the items were before the range, so that the first window of each has its value."""
    try:
        answer = agent.ask("current", into, at=wanted.first)
    except AgentError:
        answer = agent.ask("current", into)  # one that knows no `at`
    if answer.header.instance_id == wanted.instance:
        yield from rows_of(options, answer, agent, 0, wanted.first)


def rows_of(
    options: _Options, answer: Answer, agent: Agent, first: int, end: int
) -> Iterator[pa.RecordBatch]:
    """Rows of the table in one answer with a sequence from `first` up to `end`, not with it."""
    parser = next(each for each in FORMATS if ("json" in each.name) == (answer.kind == "json"))
    contract = load(parser.contract)
    judges = {name: Judge(table) for name, table in contract.tables.items()}
    digest = hashlib.sha256(answer.path.read_bytes()).hexdigest()
    stamp = (digest, agent.name, None, parser.name, parser.version, contract.version, now())
    for part in parser.read(Source(str(answer.path), agent.name, "UTC")):
        if isinstance(part, Batch) and not part.derived and part.table in TABLES:
            verdict = judges[part.table].judge(part)
            yield from _rows(options, part.table, verdict, stamp, first, end)
        elif isinstance(part, Damage) and options.table == QUARANTINE:
            refused = [part.table, part.rule, part.detail, part.raw]
            yield _stamped(
                pa.RecordBatch.from_arrays([pa.array([text]) for text in refused], schema=REFUSED),
                pa.array([part.row], pa.int64()), stamp, options.schema,
            )  # fmt: skip


def _rows(
    options: _Options, table: str, verdict: Verdict, stamp: tuple[Any, ...], first: int, end: int
) -> Iterator[pa.RecordBatch]:
    sequence = verdict.fields["sequence"]
    inside = pc.and_(pc.greater_equal(sequence, first), pc.less(sequence, end))
    mine: np.ndarray = pc.fill_null(inside, True).to_numpy(zero_copy_only=False)
    wanted = verdict.valid if options.table == table else verdict.codes > 0
    places = np.flatnonzero(mine & wanted)
    if options.table not in (table, QUARANTINE) or not len(places):
        return
    some = verdict.take(places)
    rows = some.fields if options.table == table else _refused(table, some)
    yield _stamped(rows, some.batch.rows, stamp, options.schema)


def _refused(table: str, verdict: Verdict) -> pa.RecordBatch:
    rules, reasons = zip(*(verdict.reasons[code - 1] for code in verdict.codes), strict=True)
    raw = [json.dumps(row, ensure_ascii=False) for row in verdict.batch.raw.to_pylist()]
    columns = [[table] * len(raw), list(rules), list(reasons), raw]
    return pa.RecordBatch.from_arrays([pa.array(each) for each in columns], schema=REFUSED)


def _stamped(
    rows: pa.RecordBatch, numbers: pa.Array, stamp: tuple[Any, ...], schema: pa.Schema
) -> pa.RecordBatch:
    """The rows with their lineage, of plain types."""
    lineage = [
        numbers
        if field.name == "_source_row"
        else pa.repeat(pa.scalar(value, field.type), len(rows))
        for field, value in zip(LINEAGE, stamp, strict=True)
    ]
    arrays = zip([*rows.columns, *lineage], schema, strict=True)
    return pa.RecordBatch.from_arrays([a.cast(field.type) for a, field in arrays], schema=schema)
