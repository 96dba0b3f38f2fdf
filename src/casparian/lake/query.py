"""SQL over the tables of a lake, by their addresses, with DuckDB.

Tables are Arrow datasets that DuckDB filters and projects itself; they are opened when a statement
names them. The connection is in memory and locked: SQL can read the lake's tables and nothing else
(no file, no network, no setting).
"""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads

from casparian.lake.store import LAYERS, LEDGER, Lake, LakeError

MEMORY = "1GB"
_ADDRESS = re.compile(
    rf'"?\b((?:{"|".join(LAYERS)})(?:_[a-z]+)?)"?\s*\.\s*"?([a-z][a-z0-9_]*)', re.IGNORECASE
)
_NO_TABLE = re.compile(r'Table with name "?([\w.]+)"? does not exist', re.IGNORECASE)
BATCH_ROWS = 1 << 16
READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI)
ONLY_READ = "SQL may read the tables of the lake and nothing else"


class QueryError(LakeError):
    """The statement cannot be answered. Carries one sentence for the user."""


class UnknownTableError(QueryError, LookupError):
    """The statement names a table that the lake does not have."""


class Query:
    """Answers SQL on one lake: `Query(lake)("SELECT ...")` is an Arrow table.

    memory: DuckDB's limit, as 1GB; what does not fit goes to temporary files.
    """

    def __init__(self, lake: Lake, memory: str = MEMORY):
        self.lake = lake
        self._known: set[str] = set()
        self._spill = tempfile.TemporaryDirectory(prefix="casparian-", ignore_cleanup_errors=True)
        self.connection = duckdb.connect(config={"python_enable_replacements": False})
        try:
            self._lock(memory)
        except duckdb.Error as error:
            self.close()
            raise QueryError(f"'{memory}' is no amount of memory: write it like 1GB.") from error

    def _lock(self, memory: str) -> None:
        settings = {
            "memory_limit": memory, "temp_directory": self._spill.name, "TimeZone": "UTC",
            "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
            "enable_external_access": "false", "lock_configuration": "true",
        }  # fmt: skip
        for name, value in settings.items():
            self.connection.execute(f"SET {name} = '{value.replace(chr(39), chr(39) * 2)}'")

    def __enter__(self) -> Query:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give memory and temporary files back."""
        self.connection.close()
        self._spill.cleanup()

    def __call__(self, sql: str) -> pa.Table:
        """The answer as a table. Raises QueryError."""
        with self.reader(sql) as batches:
            return batches.read_all()

    @contextmanager
    def reader(self, sql: str) -> Iterator[pa.RecordBatchReader]:
        """The answer batch by batch. Raises QueryError, also while batches are read."""
        self._open(sql)
        try:
            kinds = [statement.type for statement in self.connection.extract_statements(sql)]
            if len(kinds) != 1 or kinds[0] not in READING:
                raise QueryError(f"{ONLY_READ}: give one SELECT.")
            yield self.connection.sql(sql).to_arrow_reader(BATCH_ROWS)
        except (duckdb.Error, pa.ArrowException) as error:
            raise self._worded(error) from error

    def _open(self, sql: str) -> None:
        """Make the tables that the text names known to DuckDB."""
        for schema, name in set(_ADDRESS.findall(sql)):
            address = f"{schema}.{name}".lower()
            if address in self._known:
                continue
            # The ledger is small, and delta-rs writes its text so that Arrow cannot filter by it.
            data = self.lake.read(address) if address == LEDGER else self.lake.dataset(address)
            if data is not None:
                self._add(address, data)

    def _add(self, address: str, data: pads.Dataset | pa.Table) -> None:
        schema, _, name = address.partition(".")
        inner = f"lake_{len(self._known)}"
        self.connection.register(inner, data)
        self.connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        view = f'CREATE VIEW "{schema}"."{name}" AS SELECT {_columns(data)} FROM {inner}'
        self.connection.execute(view)
        self._known.add(address)

    def _worded(self, error: Exception) -> QueryError:
        if found := _NO_TABLE.search(str(error)):
            return UnknownTableError(unknown_table(self.lake, found[1]))
        if isinstance(error, duckdb.PermissionException):
            return QueryError(f"{ONLY_READ}.")
        if isinstance(error, duckdb.OutOfMemoryException):
            return QueryError(
                "The answer needs more memory than allowed: raise --memory or ask for less."
            )
        return QueryError(f"{first_line(error).rstrip('.')}.")


def _columns(data: pads.Dataset | pa.Table) -> str:
    """What a view shows: everything, instants that Trino wrote behind a cast.

    Trino writes them in milliseconds without a zone. Arrow reads them as what they are, but stops
    where it compares a filter with the bounds in such a file; behind a cast DuckDB filters itself.
    """
    files = [] if isinstance(data, pa.Table) else list(data.get_fragments())
    foreign = {
        field.name
        for file in (*files[:1], *files[-1:])  # a table has one writer; seldom it has changed
        for field in file.physical_schema
        if pa.types.is_timestamp(field.type) and field.type != data.schema.field(field.name).type
    }
    casts = (f'CAST("{name}" AS TIMESTAMP)::TIMESTAMPTZ AS "{name}"' for name in sorted(foreign))
    return f"* REPLACE ({', '.join(casts)})" if foreign else "*"


def unknown_table(lake: Lake, wanted: str) -> str:
    """One sentence with the nearest names, or with what to do in an empty lake."""
    addresses = lake.addresses()
    if not addresses:
        return (
            f"The lake at {lake.uri} has no table: give --lake, or scan and process a folder first."
        )
    bare = {address.partition(".")[2]: address for address in reversed(addresses)}
    near = difflib.get_close_matches(wanted, addresses, n=3, cutoff=0.6)
    near = near or [
        bare[n]
        for n in difflib.get_close_matches(wanted.split(".")[-1], list(bare), n=3, cutoff=0.6)
    ]
    advice = (
        f"did you mean {' or '.join(near)}" if near else "`casparian tables` lists what there is"
    )
    return f"The lake has no table '{wanted}': {advice}{'?' if near else '.'}"


def first_line(error: Exception) -> str:
    """DuckDB's own words without its candidates and carets."""
    return str(error).strip().split("\n")[0]
