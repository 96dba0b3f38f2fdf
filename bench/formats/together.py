"""What two engines can do to one table of a format: a sentence for each format, none of it timed.

Whatever an engine refuses is told by its own first words; nothing here ends the measurement.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
from py4j.protocol import Py4JJavaError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from trino.exceptions import TrinoQueryError

from bench.formats.spoken import DELTA, FORMATS, Engines, Format
from bench.formats.stack import LAKE
from casparian.lake.settle import write_parts
from casparian.lake.store import Lake

REFUSED = (TrinoQueryError, PySparkException, Py4JJavaError)
ROUNDS, ROWS = 10, 1000  # of two writers at once
DAYS, DAY_ROWS = 30, 166_666  # of the library's
Fact = Callable[[Engines, Format], str]


def facts(engines: Engines) -> dict[str, dict[str, str]]:
    """By question, the answer of each format."""
    return {name: {kind.name: _told(ask, engines, kind) for kind in FORMATS} for name, ask in FACTS}


def _told(ask: Fact, engines: Engines, kind: Format) -> str:
    try:
        return ask(engines, kind)
    except REFUSED as error:
        return f"refused: {_first_words(error)}"


def _first_words(error: Exception) -> str:
    java = getattr(error, "java_exception", None)
    text = java.getMessage() if java else getattr(error, "message", None) or str(error)
    return str(text).strip().splitlines()[0][:160]


def _deletes(engines: Engines, kind: Format) -> str:
    """Each engine deletes a tenth; the other counts."""
    table = _fresh(engines, kind, "deleted", 100)
    engines.spark(kind, table, "DELETE FROM {table} WHERE id % 10 = 1")
    on_trino = _count(engines, kind, table, on_spark=False)
    engines.trino(kind, table, "DELETE FROM {table} WHERE id % 10 = 2")
    on_spark = _count(engines, kind, table, on_spark=True)
    return "seen" if (on_trino, on_spark) == (90, 80) else f"not seen: {on_trino}, {on_spark}"


def _columns(engines: Engines, kind: Format) -> str:
    """Each engine adds a column; the other writes it."""
    table = _fresh(engines, kind, "widened", 10)
    engines.spark(kind, table, "ALTER TABLE {table} ADD COLUMNS (a BIGINT)")
    engines.trino(kind, table, "UPDATE {table} SET a = 1")
    engines.trino(kind, table, "ALTER TABLE {table} ADD COLUMN b bigint")
    engines.session.catalog.refreshTable(kind.on_spark.format(table))
    engines.spark(kind, table, "UPDATE {table} SET b = 2")
    ((a, b),), _ = engines.trino(kind, table, "SELECT sum(a), sum(b) FROM {table}")
    return "seen and written" if (a, b) == (10, 20) else f"{a}, {b}"


def _renamed(engines: Engines, kind: Format) -> str:
    table = _fresh(engines, kind, "renamed", 10)
    engines.spark(kind, table, "ALTER TABLE {table} RENAME COLUMN n TO m")
    ((total,),), _ = engines.trino(kind, table, "SELECT sum(m) FROM {table}")
    return f"yes, Trino sums it to {total}"


def _repartitioned(engines: Engines, kind: Format) -> str:
    table = _fresh(engines, kind, "parted", 10)
    sql = "ALTER TABLE {table} ADD PARTITION FIELD bucket(4, id)"
    engines.spark(kind, table, sql)
    return f"yes, Trino counts {_count(engines, kind, table, on_spark=False)}"


def _instants(engines: Engines, kind: Format) -> str:
    sql = "SELECT typeof(reading_at) FROM {table} LIMIT 1"
    ((name,),), _ = engines.trino(kind, "readings", sql)
    return str(name)


def _appends(engines: Engines, kind: Format) -> str:
    """Spark and Trino append at once; every commit must be there."""
    table = _fresh(engines, kind, "appended", 0)
    done = _at_once(
        lambda: engines.spark(
            kind, table, f"INSERT INTO {{table}} SELECT id, 0 FROM range({ROWS})"
        ),
        lambda: engines.trino(
            kind, table, f"INSERT INTO {{table}} SELECT n, 0 FROM UNNEST(sequence(1, {ROWS})) t(n)"
        ),
    )
    counts = {_count(engines, kind, table, on_spark) for on_spark in (False, True)}
    lost = "none lost" if counts == {sum(done) * ROWS} else f"rows counted: {counts}"
    return f"Spark {done[0]}, Trino {done[1]} of {ROUNDS} committed, {lost}"


def _updates(engines: Engines, kind: Format) -> str:
    """Spark and Trino add one to the same rows at once; what was committed must have counted."""
    table = _fresh(engines, kind, "counted", 10)
    update = "UPDATE {table} SET n = n + 1"
    done = _at_once(
        lambda: engines.spark(kind, table, update), lambda: engines.trino(kind, table, update)
    )
    ((least, most),), _ = engines.trino(kind, table, "SELECT min(n), max(n) FROM {table}")
    lost = "none lost" if least == most == sum(done) else f"counted {least} to {most}"
    return f"Spark {done[0]}, Trino {done[1]} of {ROUNDS} committed, the others refused, {lost}"


def _copied(engines: Engines, kind: Format) -> str:
    """Trino knows both catalogs: one statement makes a copy for whoever asks for the other."""
    other = FORMATS[kind is DELTA]
    create = f"CREATE TABLE {other.on_trino.format('copied')} AS SELECT * FROM {{table}}"
    _, stats = engines.trino(kind, "readings", create)
    cpu = stats["cpuTimeMillis"] / 1000
    return f"into {other.name}: {stats['processedRows']:,} rows in {cpu:.1f} CPU s of Trino"


def _without_catalog(engines: Engines, kind: Format) -> str:
    """The laptop engine knows a folder in the store and no metastore."""
    if kind is not DELTA:
        return "not by the folder alone: a catalog says which metadata file counts"
    from deltalake import DeltaTable

    path = f"{LAKE.replace('s3a', 's3')}/{kind.folder}/appended"
    rows = sum(DeltaTable(path).get_add_actions()["num_records"].to_pylist())
    return f"yes: {rows:,} rows by the folder alone"


def _by_library(engines: Engines, kind: Format) -> str:
    """What a landing does: no Java, no metastore, a transaction for each file's hash."""
    if kind is not DELTA:
        return "not measured: pyiceberg is no dependency of ours, and it commits through a catalog"
    lake = Lake.at(f"{LAKE.replace('s3a', 's3')}/library")
    rows = _a_day()
    asked, began = engines.store.requests(), time.process_time()
    for day in range(DAYS):
        parts = write_parts(lake, "silver_formats.readings", rows)
        lake.commit("silver_formats.readings", rows.schema, parts, [f"{day:064x}"])
    cpu = time.process_time() - began
    requests = engines.store.requests() - asked
    return f"{DAYS} commits of {DAY_ROWS:,} rows in {cpu:.1f} CPU s and {requests} requests"


def _a_day() -> pa.Table:
    """Readings like those of `bench.table_formats`."""
    number = np.arange(DAY_ROWS)
    at = 1_750_000_000_000_000 + number * (86_400_000_000 // DAY_ROWS)
    return pa.table({
        "reading_at": pa.array(at, pa.timestamp("us", tz="UTC")),
        "tag_name": np.char.add("T", (number % 200).astype(str)),
        "value": np.round(20 + 5 * np.sin(number / 977), 3),
        "quality": np.where(number % 997, "Good", "Bad"),
        "source_hash": np.full(DAY_ROWS, "0" * 64),
        "source_row": number,
    })  # fmt: skip


def _fresh(engines: Engines, kind: Format, table: str, rows: int) -> str:
    """A table of ids, each with an n of 0, in one file."""
    engines.spark(kind, table, f"CREATE TABLE {{table}} (id BIGINT, n BIGINT) {kind.using}")
    if rows:
        sql = f"INSERT INTO {{table}} SELECT id, 0 FROM range(0, {rows}, 1, 1)"
        engines.spark(kind, table, sql)
    return table


def _count(engines: Engines, kind: Format, table: str, on_spark: bool) -> int:
    sql = "SELECT count(*) FROM {table}"
    if on_spark:
        return int(engines.spark(kind, table, sql)[0][0])
    return int(engines.trino(kind, table, sql)[0][0][0])


def _at_once(*writers: Callable[[], object]) -> list[int]:
    """Each does its work so many times, side by side; how often each was not refused."""
    with ThreadPoolExecutor(len(writers)) as pool:
        return list(pool.map(lambda write: sum(_goes(write) for _ in range(ROUNDS)), writers))


def _goes(write: Callable[[], object]) -> bool:
    try:
        write()
    except REFUSED:
        return False
    return True


FACTS: tuple[tuple[str, Fact], ...] = (
    ("rows that one engine deletes, in the other", _deletes),
    ("columns that one engine adds, in the other", _columns),
    ("a column renamed", _renamed),
    ("other partitions from now on", _repartitioned),
    ("Spark's TIMESTAMP, as Trino reads it", _instants),
    ("both engines append at once", _appends),
    ("both engines change the same rows at once", _updates),
    ("the same files by the library", _by_library),
    ("a copy in the other format, by Trino", _copied),
    ("read by the laptop engine with no catalog", _without_catalog),
)
