"""Where `casparian run` writes to: the lake, another lake, Parquet folders, or one DuckDB file.

Every sink lands into a Delta lake with the whole discipline (verdicts, books, once by hash,
repaired after a crash); a sink only says where that lake is, and what is done once it is committed:

* `delta://DIR`, `s3://bucket/prefix`: that lake itself.
* `parquet://DIR`: the same folders, swept after every commit, so that the Parquet files in a
  table's folder are the table, for readers that know no Delta. The log beside them is the memory
  that makes a second run know the first.
* `duckdb://FILE`: a passing lake beside the file, moved into it in one transaction.
"""

from __future__ import annotations

import glob
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from casparian.lake import rollup
from casparian.lake.ledger import SCHEMA, Ledger
from casparian.lake.own import FOLDER
from casparian.lake.parts import PartWriter
from casparian.lake.store import LEDGER, Lake, LakeError

SCHEMES = ("parquet", "delta", "duckdb", "s3")
LANDING = ".landing"  # ending of a passing lake's folder
SWEPT = "parquet_sink"  # a file of this name marks a folder whose tables are swept
ROLLED = (rollup.HOURLY, rollup.DAILY)


@dataclass(frozen=True)
class Sink:
    """lake: where rows are landed. known: ledger rows of what the sink has. finish: called when the
    ledger rows given to it are committed in `lake`."""

    lake: Lake
    known: dict[str, dict[str, Any]]
    finish: Callable[[Sequence[dict[str, Any]]], None] = lambda rows: None


def parse(text: str) -> tuple[str, str]:
    """(scheme, place) of a sink. Raises LakeError where it is none."""
    scheme, marker, place = text.partition("://")
    if not marker or scheme not in SCHEMES or not place.strip("/"):
        raise LakeError(
            f"'{text}' is no sink: write parquet://DIR, delta://DIR, duckdb://FILE.duckdb or s3://bucket/prefix."
        )
    return scheme, place


@contextmanager
def open_sink(text: str | None, lake: Lake, tables: Sequence[str] = ()) -> Iterator[Sink]:
    """The sink, ready to land in; None is the lake itself.

    tables: silver addresses that will be written; what a DuckDB file has of them is compared with.
    """
    scheme, place = parse(text) if text else ("delta", "")
    if scheme == "duckdb":
        with _DuckDb(Path(place), tables).sink() as sink:
            yield sink
        return
    target = lake if not text else Lake.at(text if scheme == "s3" else place)
    if scheme == "parquet":
        mark_swept(Path(place))
        sweep(target)
    yield Sink(target, Ledger(target).known(), lambda rows: sweep(target))


def mark_swept(folder: Path) -> None:
    """Make the folder a Parquet sink. Raises LakeError for a lake that keeps its history."""
    marker = folder / FOLDER / SWEPT
    if not marker.exists():
        if (folder / "ops").is_dir():
            raise LakeError(
                f"{folder} is a Delta lake already: write to it with --sink delta://{folder}."
            )
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(
            "Files that no table holds any more are deleted here after every run.\n", "utf-8"
        )


def sweep(lake: Lake) -> None:
    """In a Parquet sink, delete files that no table holds: replaced, or of runs cut short."""
    if lake.uri.startswith("s3://") or not (Path(lake.uri) / FOLDER / SWEPT).exists():
        return
    for address in lake.addresses():
        table = lake.delta(address)
        if table is not None:
            held = {
                f"{lake.folder(address)}/{path}"
                for path in table.get_add_actions()["path"].to_pylist()
            }
            for path in Path(lake.folder(address)).glob("*.parquet"):
                if path.as_posix() not in held:
                    path.unlink(missing_ok=True)


class _DuckDb:
    """One DuckDB file as a sink: schemas and tables are called as in the lake."""

    def __init__(self, path: Path, tables: Sequence[str]):
        self.path, self.tables = path, tables

    @contextmanager
    def sink(self) -> Iterator[Sink]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with (
            self._open() as connection,
            self._landing() as folder,
        ):
            lake = Lake.at(folder)
            known = _ledger_of(connection)
            _seed_contracts(connection, Path(folder))
            _seed(connection, lake, [a for a in (*self.tables, *ROLLED) if _has(connection, a)])
            yield Sink(lake, known, lambda rows: _move(connection, lake, rows, self.tables))

    @contextmanager
    def _landing(self) -> Iterator[str]:
        """A folder for the passing lake. The file is locked: others are of runs cut short."""
        place, stem = self.path.parent, self.path.stem
        for left in place.glob(f".{glob.escape(stem)}-*{LANDING}"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{stem}-", suffix=LANDING, dir=place, ignore_cleanup_errors=True
        ) as folder:
            yield folder

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            connection = duckdb.connect(str(self.path))
        except duckdb.Error as error:
            raise LakeError(
                f"{self.path} cannot be opened as a DuckDB file: close other programs that use it."
            ) from error
        try:
            connection.execute("SET TimeZone = 'UTC'; SET memory_limit = '512MB'")
            yield connection
        finally:
            connection.close()


def _quoted(address: str) -> str:
    schema, _, table = address.partition(".")
    return f'"{schema}"."{table}"'


def _has(connection: duckdb.DuckDBPyConnection, address: str) -> bool:
    schema, _, table = address.partition(".")
    found = connection.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
        [schema, table],
    )
    return bool(found.fetchall())


def _ledger_of(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    if not _has(connection, LEDGER):
        return {}
    rows = connection.sql(f"SELECT * FROM {_quoted(LEDGER)}").to_arrow_table().to_pylist()
    return {row["source_hash"]: row for row in rows}


def _seed(connection: duckdb.DuckDBPyConnection, lake: Lake, addresses: Sequence[str]) -> None:
    """Put what the file has of these tables into the passing lake, to be compared with."""
    for address in addresses:
        reader = connection.sql(f"SELECT * FROM {_quoted(address)}").to_arrow_reader(1 << 16)
        if address in ROLLED:
            _seed_hours(lake, address, reader.read_all())
            continue
        counted = [name for name in reader.schema.names if not name.startswith("_source_p")]
        writer = PartWriter(lake, address, reader.schema, counted)
        for batch in reader:
            writer.write(batch)
        lake.commit(address, reader.schema, writer.close())


def _seed_hours(lake: Lake, address: str, rows: pa.Table) -> None:
    """Roll-ups lie a month a file."""
    start = "hour_start" if address == rollup.HOURLY else "_date"
    months = rollup.month_of(rows[start])
    for month in pc.unique(months).to_pylist():
        own = rows.filter(pc.equal(months, month))
        writer = PartWriter(lake, address, own.schema, [start, "tag_name"])
        for batch in own.to_batches():
            writer.write(batch)
        lake.commit(address, own.schema, writer.close())


def _seed_contracts(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    if _has(connection, "ops.contracts"):
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        for name, text in connection.sql('SELECT name, text FROM "ops"."contracts"').fetchall():
            (folder / FOLDER / name).write_text(text, "utf-8")


def _move(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    rows: Sequence[dict[str, Any]],
    seeded: Sequence[str],
) -> None:
    """All rows of these files, the roll-ups and the ledger into the file: in one transaction."""
    hashes = pa.table({"_source_hash": pa.array([row["source_hash"] for row in rows], pa.string())})
    connection.register("landed_hashes", hashes)
    connection.begin()
    for address in lake.addresses():
        data = lake.dataset(address)
        if address == LEDGER or data is None:
            continue
        connection.register("landed_rows", data)
        _fit(connection, address, data.schema)
        if address in ROLLED:
            connection.execute(f"DELETE FROM {_quoted(address)}")
            wanted = ""
        else:
            if address in seeded:
                _drop_replaced(connection, address)
            wanted = "SEMI JOIN landed_hashes USING (_source_hash)"
        connection.execute(
            f"INSERT INTO {_quoted(address)} BY NAME SELECT * FROM landed_rows {wanted}"
        )
        connection.unregister("landed_rows")
    _write_ledger(connection, rows)
    _write_contracts(connection, Path(lake.uri) / FOLDER)
    connection.commit()


def _drop_replaced(connection: duckdb.DuckDBPyConnection, address: str) -> None:
    """Rows of reference data that newer ones took over in the passing lake."""
    connection.execute(
        f"DELETE FROM {_quoted(address)} AS old WHERE NOT EXISTS (SELECT 1 FROM landed_rows AS now "
        "WHERE now._source_hash = old._source_hash AND now._source_row = old._source_row)"
    )


def _fit(connection: duckdb.DuckDBPyConnection, address: str, schema: pa.Schema) -> None:
    """Make the table, or add the columns that it lacks."""
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{address.partition(".")[0]}"')
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {_quoted(address)} AS SELECT * FROM landed_rows LIMIT 0"
    )
    shape = {row[0]: row[1] for row in connection.sql("DESCRIBE landed_rows").fetchall()}
    for name in schema.names:
        connection.execute(
            f'ALTER TABLE {_quoted(address)} ADD COLUMN IF NOT EXISTS "{name}" {shape[name]}'
        )


def _write_ledger(connection: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, Any]]) -> None:
    connection.register("landed_rows", pa.Table.from_pylist(list(rows), SCHEMA))
    _fit(connection, LEDGER, SCHEMA)
    connection.execute(
        f"DELETE FROM {_quoted(LEDGER)} "
        "WHERE source_hash IN (SELECT _source_hash FROM landed_hashes)"
    )
    connection.execute(f"INSERT INTO {_quoted(LEDGER)} BY NAME SELECT * FROM landed_rows")
    connection.unregister("landed_rows")


def _write_contracts(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    if folder.is_dir():
        connection.execute(
            'CREATE TABLE IF NOT EXISTS "ops"."contracts" (name VARCHAR, text VARCHAR)'
        )
        for path in sorted(folder.glob("*.yaml")):
            connection.execute('DELETE FROM "ops"."contracts" WHERE name = ?', [path.name])
            connection.execute(
                'INSERT INTO "ops"."contracts" VALUES (?, ?)', [path.name, path.read_text("utf-8")]
            )
