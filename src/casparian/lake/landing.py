"""Landing: files → records → verdicts → Parquet parts and books. Commits nothing.

Both engines run this very code, the laptop in its own process, Spark in its tasks, so a row can
not mean one thing here and another there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casparian.contracts.model import Contract, TableContract, load
from casparian.contracts.readings import DUPLICATE, HELD, ClockOrder, ReadingsJudge
from casparian.contracts.tags import Tags
from casparian.contracts.verdict import Judge, Verdict
from casparian.lake import rollup
from casparian.lake.absent import remember_absent
from casparian.lake.landed import LINEAGE, Books, Export, Landed, beside_verdict
from casparian.lake.parts import PartWriter
from casparian.lake.store import Lake, filesystem_of, path_of
from casparian.reading.base import Batch, Damage, Format, Note, Source, UnreadableFile
from casparian.reading.packed import Facts, facts

LATE_AT_ONCE = 200_000  # readings behind their tag that are compared with the file in one pass
READINGS = "historian_values"


class FileChanged(Exception):
    """The file is not what it was when it was hashed."""


class Landing:
    """One group of files on their way into parts.

    tags: what the tag list says, for historian readings. on_rows: told of records as they pass.
    schemas: folder of XML schemas to check documents against.
    """

    def __init__(
        self,
        lake: Lake,
        formats: dict[str, Format],
        tags: Tags,
        ingested_at: datetime,
        *,
        contracts: tuple[Path, ...] = (),
        schemas: str | None = None,
        on_rows: Callable[[int], None] = lambda rows: None,
    ):
        remember_absent("pandas", "dateutil")
        self.lake, self.formats, self.tags, self.at = lake, formats, tags, ingested_at
        self.contracts, self.schemas, self.on_rows = contracts, schemas, on_rows
        self.writers: dict[tuple[str, pa.Schema, bool], PartWriter] = {}
        self.landed = Landed()
        self.hourly: list[pa.Table] = []
        self.judges: dict[str, Judge] = {}

    def judge(self, contract: TableContract) -> Judge:
        """The judge of a table, one for all files of the group."""
        if contract.silver not in self.judges:
            readings = contract.ranges_from is not None  # limits a tag, from the tag list
            self.judges[contract.silver] = (
                ReadingsJudge(contract, self.tags) if readings else Judge(contract)
            )
        return self.judges[contract.silver]

    def contract(self, export: Export) -> Contract:
        """What the file is judged by."""
        return load(self.formats[export.format].contract, *self.contracts)

    def source(self, export: Export) -> Source:
        """The file, or the span of it, to be read."""
        return source_of(export, self.schemas)

    def add(self, export: Export) -> Books:
        """Land one file, or a span of one. A bad file gives its reason in the books and never stops
        the others."""
        landing = _File(self, export)
        try:
            landing.run()
        except (FileChanged, OSError) as error:
            landing.books = _failed(landing.books, error)
        else:
            landing.keep()
        self.landed.books.append(landing.books)
        return landing.books

    def finish(self) -> Landed:
        """Close the parts; the outcome of all files added."""
        for writer in self.writers.values():
            for part in writer.close():
                self.landed.parts.append(part)
                self.landed.widen(writer.address, writer.schema)
        self.landed.hourly = pa.concat_tables(self.hourly) if self.hourly else None
        pa.default_memory_pool().release_unused()
        return self.landed

    def discard(self) -> None:
        """Delete the parts of a landing that cannot go on."""
        for writer in self.writers.values():
            writer.discard()

    def writer(
        self, address: str, schema: pa.Schema, counted: tuple[str, ...], derived: bool = False
    ) -> PartWriter:
        """The open writer for rows of this address and shape."""
        key = (address, schema, derived)
        if key not in self.writers:
            self.writers[key] = PartWriter(self.lake, address, schema, counted, derived)
        return self.writers[key]


def source_of(export: Export, schemas: str | None = None) -> Source:
    """The file as formats read it, from where it lies."""
    return Source(
        path_of(export.path),
        export.name,
        export.timezone,
        filesystem_of(export.path),
        schemas,
        export.span,
        export.beside,
    )


def _failed(books: Books, error: Exception) -> Books:
    text = (
        str(error)
        if isinstance(error, FileChanged)
        else f"The file could not be read: {_system_words(error)}."
    )
    return Books(books.export, books.parser_version, books.contract_version, "failed", notes=[text])


def _system_words(error: Exception) -> str:
    import os

    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if number else str(error).rstrip(".")


class _File:
    """One file's way: judge each batch, write bronze at once, silver and quarantine as decided."""

    def __init__(self, landing: Landing, export: Export):
        self.landing, self.export = landing, export
        self.format = landing.formats[export.format]
        self.contract = landing.contract(export)
        self.books = Books(export, self.format.version, self.contract.version)
        self.stamp = _Stamp(export, self.format, self.contract.version, landing.at)
        self.offline = export.carry.offline(landing.tags)
        self.order = export.carry.order(landing.tags)
        self.before = export.carry.records
        self.late: list[Verdict] = []
        self.rollup = rollup.Hourly(export.source_hash)

    def run(self) -> None:
        self._check_unchanged()
        try:
            for part in self.format.read(self.landing.source(self.export)):
                self._take(part)
        except UnreadableFile as error:
            self._reject(str(error))
        for verdict in self.offline.finish():
            self._set_late_aside(verdict)
            self._route(verdict)
        self._settle_late()
        self._check_unchanged()

    def _take(self, part: Batch | Damage | Note) -> None:
        if self.before and not isinstance(part, Note):
            part = _numbered(part, self.before)
        if isinstance(part, Batch):
            self._batch(part)
        elif isinstance(part, Damage):
            self._damage(part)
        elif part.sentence not in self.books.notes:
            self.books.notes.append(part.sentence)

    def _check_unchanged(self) -> None:
        if self.export.kept:
            return
        now = facts(self.export.path)
        if now != Facts(self.export.size, self.export.modified_ns):
            raise FileChanged("The file changed while it was read: it stays for the next run.")

    def keep(self) -> None:
        if (pieces := self.rollup.table()) is not None:
            self.landing.hourly.append(pieces)
        if self.order.unordered:
            self.landing.landed.unordered.add(self.export.source_hash)
            self.books.notes.append(
                "The readings are in no order of time: the clock was not judged."
            )

    def _reject(self, sentence: str) -> None:
        status = "landed" if self.books.read else "rejected"
        self._damage(Damage(self.format.tables[0], self._next_row(), "damaged_file", "", sentence))
        self.books.status = status
        self.books.notes.append(sentence)

    def _next_row(self) -> int:
        return self.before + self.books.read + 1

    def _batch(self, batch: Batch) -> None:
        verdict = self._judge(batch.table).judge(batch)
        if batch.derived:
            self._write_silver(verdict)
            return
        self.books.read += len(batch.rows)
        self.landing.on_rows(len(batch.rows))
        self._write_bronze(batch)
        if isinstance(self._judge(batch.table), ReadingsJudge):
            for decided in self._file_checks(verdict):
                self._route(decided)
        self._route(verdict)

    def _judge(self, table: str) -> Judge:
        return self.landing.judge(self.contract.tables[table])

    def _file_checks(self, verdict: Verdict) -> Iterator[Verdict]:
        verdict.behind = self.order.late(verdict)
        for decided in self.offline.check(verdict):
            self._set_late_aside(decided)
            yield decided
        self._set_late_aside(verdict)

    def _set_late_aside(self, verdict: Verdict) -> None:
        """Hold back what is valid but behind its tag, until the file is compared with itself."""
        late = verdict.behind & (verdict.codes == 0)
        if late.any():
            verdict.codes[late] = HELD
            self.late.append(verdict.take(np.flatnonzero(late)))
            if sum(len(part.codes) for part in self.late) > LATE_AT_ONCE:
                self._settle_late()

    def _settle_late(self) -> None:
        """Readings behind their tag: copies of an earlier reading, or of a clock that went back."""
        if not self.late:
            return
        late, self.late = self.late, []
        copies = _Copies(late)
        try:
            whole = replace(self.landing.source(self.export), span=None)
            for part in self.format.read(whole):
                if isinstance(part, Batch) and part.table == READINGS:
                    copies.look(self._judge(part.table).judge(part))
        except UnreadableFile:
            pass  # its damage is in the books already; what stands before it has been compared
        for verdict in late:
            copied = copies.of(verdict)
            verdict.codes[:] = 0
            verdict.codes[copied] = DUPLICATE
            verdict.blame(*ClockOrder.rule, ~copied)
            self._route(verdict)

    def _route(self, verdict: Verdict) -> None:
        """Count and write what is decided; what is held back comes again."""
        duplicates = int(np.count_nonzero(verdict.codes == DUPLICATE))
        self.books.duplicate += duplicates
        self._write_silver(verdict)
        self._write_quarantine(verdict)

    def _write_bronze(self, batch: Batch) -> None:
        table = self.contract.tables[batch.table]
        raw = _text(batch.raw)
        raw = raw.append_column("_raw", _nothing(raw.num_rows))
        self._write(table.bronze, (), raw, batch.rows)

    def _write_silver(self, verdict: Verdict) -> None:
        table = self.contract.tables[verdict.batch.table]
        valid = verdict.valid
        count = int(np.count_nonzero(valid))
        if not count:
            return
        fields, rows = verdict.fields, verdict.batch.rows
        if count < len(valid):
            kept = pa.array(valid)
            fields, rows = fields.filter(kept), rows.filter(kept)
        self._write(
            table.silver,
            (*table.primary_key, "timestamp", "value"),
            _without_nulls(fields, table),
            rows,
            verdict.batch.derived,
        )
        if not verdict.batch.derived:
            self.books.valid += count
            self.books.tables[table.silver] += count
        if table.name == READINGS:
            self.rollup.add(fields)

    def _write_quarantine(self, verdict: Verdict) -> None:
        bad = verdict.codes > 0
        if not bad.any():
            return
        table = self.contract.tables[verdict.batch.table]
        codes = verdict.codes[bad] - 1
        for place, count in zip(*np.unique(codes, return_counts=True), strict=True):
            self.books.reasons[(table.name, *verdict.reasons[place])] += int(count)
        kept = pa.array(bad)
        words = [
            pa.array([reason[i] for reason in verdict.reasons]).take(pa.array(codes))
            for i in (0, 1)
        ]
        self._quarantine(
            table, _text(verdict.batch.raw).filter(kept), verdict.batch.rows.filter(kept), *words
        )

    def _quarantine(
        self,
        table: TableContract,
        raw: pa.RecordBatch,
        rows: pa.Array,
        rule: pa.Array,
        reason: pa.Array,
        detail: pa.Array | None = None,
        text: pa.Array | None = None,
    ) -> None:
        empty = pa.nulls(len(rows), pa.string())
        raw = raw.rename_columns(beside_verdict(raw.schema.names))
        added = {"_raw": text or empty, "rule": rule, "reason": reason, "detail": detail or empty}
        for name, column in added.items():
            raw = raw.append_column(name, column)
        self._write(table.quarantine, (), raw, rows)
        self.books.quarantined += len(rows)
        self.books.tables[table.quarantine] += len(rows)

    def _damage(self, damage: Damage) -> None:
        table = self.contract.tables[damage.table]
        self.books.read += 1
        reason = "Damaged record" if damage.rule == "damaged_record" else "Damaged file"
        self.books.reasons[(table.name, damage.rule, reason)] += 1
        one = [
            pa.array([text], pa.string())
            for text in (damage.raw, damage.rule, reason, damage.detail)
        ]
        rows = pa.array([damage.row], pa.int64())
        raw = pa.RecordBatch.from_pydict({"_raw": one[0]})
        self._write(table.bronze, (), raw, rows)
        none = raw.select([])
        self._quarantine(table, none, rows, one[1], one[2], one[3], one[0])

    def _write(
        self,
        address: str,
        counted: tuple[str, ...],
        columns: pa.RecordBatch,
        rows: pa.Array,
        derived: bool = False,
    ) -> None:
        stamped = self.stamp.on(columns, rows)
        counted = tuple(dict.fromkeys((*counted, "_source_row", "_source_hash")))
        writer = self.landing.writer(address, stamped.schema, counted, derived)
        writer.write(stamped, self.export.source_hash)


def _numbered(part: Batch | Damage, before: int) -> Batch | Damage:
    """The same with its records numbered from the beginning of the file."""
    if isinstance(part, Damage):
        return replace(part, row=part.row + before)
    return replace(part, rows=pc.add(part.rows, pa.scalar(before, pa.int64())))


class _Stamp:
    """The lineage columns of one file: dictionary-coded, so the seven cost next to nothing."""

    def __init__(self, export: Export, parser: Format, contract_version: str, at: datetime):
        texts = (
            export.source_hash,
            export.name,
            None,
            parser.name,
            parser.version,
            contract_version,
        )
        self.texts = [None if text is None else pa.array([text]) for text in texts]
        self.at = pa.scalar(at, LINEAGE.field("_ingested_at").type)
        self.constant: list[pa.Array | None] = []
        self._grow(1)

    def _grow(self, rows: int) -> None:
        """Make the constant columns once, as long as the longest batch; batches take slices."""
        self.rows = rows
        zeros = pa.array(np.zeros(rows, dtype=np.int32))
        coded = [
            None if text is None else pa.DictionaryArray.from_arrays(zeros, text)
            for text in self.texts
        ]
        self.constant = [*coded, pa.repeat(self.at, rows)]

    def on(self, columns: pa.RecordBatch, rows: pa.Array) -> pa.RecordBatch:
        """The columns with lineage behind them."""
        if len(rows) > self.rows:
            self._grow(len(rows))
        arrays = [
            rows if column is None else column.slice(0, len(rows)) for column in self.constant
        ]
        # never null: Parquet then spends nothing on levels, which is a third of these columns' cost
        fields = [
            pa.field(n, a.type, nullable=False) for n, a in zip(LINEAGE.names, arrays, strict=True)
        ]
        return pa.RecordBatch.from_arrays(
            [*columns.columns, *arrays], schema=pa.schema([*columns.schema, *fields])
        )


class _Copies:
    """Which late readings are exact copies of readings that stand earlier in their file."""

    def __init__(self, late: list[Verdict]):
        keys = pa.concat_tables([_identity(part) for part in late])
        self.late = keys.append_column(
            "late_row", pa.concat_arrays([part.batch.rows for part in late])
        )
        self.tags = pc.unique(self.late["tag_name"])
        self.span = pc.min_max(self.late["timestamp"])
        self.copied: set[int] = set()

    def look(self, verdict: Verdict) -> None:
        """Compare with the valid readings of one batch."""
        times = verdict.fields["timestamp"]
        near = pc.and_(
            pc.greater_equal(times, self.span["min"]), pc.less_equal(times, self.span["max"])
        )
        near = pc.and_(pc.fill_null(near, False), pa.array(verdict.valid))
        if not pc.any(near).as_py():
            return
        some = verdict.take(np.flatnonzero(near.to_numpy(zero_copy_only=False)))
        rows = pa.Table.from_arrays([some.batch.rows], names=["row"])
        mine = _identity(some).append_column("row", rows["row"])
        met = self.late.join(
            mine,
            keys=["tag_name", "timestamp", "value", "value_text", "quality"],
            join_type="inner",
        )
        self.copied.update(met.filter(pc.less(met["row"], met["late_row"]))["late_row"].to_pylist())

    def of(self, verdict: Verdict) -> np.ndarray:
        """bool[n]: the late readings that are copies."""
        return np.isin(
            verdict.batch.rows.to_numpy(),
            np.fromiter(self.copied, dtype=np.int64, count=len(self.copied)),
        )


def _identity(verdict: Verdict) -> pa.Table:
    """What makes two readings the same: all that was measured. Nulls are spelled, as keys need."""
    fields = verdict.fields
    columns = {
        "tag_name": fields["tag_name"].cast(pa.string()),
        "timestamp": fields["timestamp"],
        "value": pc.fill_null(fields["value"], float("inf")),
        "value_text": pc.fill_null(fields["value_text"].cast(pa.string()), ""),
        "quality": fields["quality"].cast(pa.string()),
    }
    return pa.table(columns)


def _text(raw: pa.RecordBatch) -> pa.RecordBatch:
    """Raw columns as text: a column that is empty in a whole batch has no type of its own."""
    if not any(pa.types.is_null(item.type) for item in raw.schema):
        return raw
    arrays = [
        array.cast(pa.string()) if pa.types.is_null(array.type) else array for array in raw.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=raw.schema.names)


def _without_nulls(fields: pa.RecordBatch, table: TableContract) -> pa.RecordBatch:
    """The same columns, those that the contract requires marked as never null."""
    required = {column.name for column in table.columns if column.required}
    schema = pa.schema([item.with_nullable(item.name not in required) for item in fields.schema])
    return pa.RecordBatch.from_arrays(fields.columns, schema=schema)


def _nothing(count: int) -> pa.Array:
    """A column of nulls that costs nothing to write."""
    return pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()), pa.array([], pa.string()))
