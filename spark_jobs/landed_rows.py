"""Which rows of a table a check reads: all of them, or those of files that are new.

Files are told from Delta's log, so that also rows that were written past Casparian count as new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from casparian.contracts.expectations import Expectation, fingerprint
from casparian.lake.checks import Check
from casparian.lake.nearby import bounds_of, files_within
from casparian.lake.store import Lake
from casparian.lake.suites import key_of
from spark_jobs.expectations import Rows
from spark_jobs.few_rows import few_rows
from spark_jobs.many_rows import many_rows
from spark_jobs.session import table_path

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

WHOLE, NEW = "whole", "new"
UNREAD = ("deletionVectors", "columnMapping")  # features by which a file is not what its rows are


@dataclass(frozen=True)
class Reading:
    """What to read of a table.

    version: of the Delta table. files: paths below the table's folder, those to be checked.
    others: files that were checked before and are asked for their keys alone, those that can share
    none left out. scope: WHOLE or NEW.
    """

    version: int
    files: tuple[str, ...]
    others: tuple[str, ...] = ()
    scope: str = WHOLE


def reading(
    lake: Lake, address: str, suite: Sequence[Expectation], before: Sequence[Check]
) -> Reading | None:
    """What is to be read, given the table's last check; None where there is nothing to ask anew."""
    table = _table(lake, address)
    files, version = _files(table), table.version()
    whole = Reading(version, files)
    same_suite = bool(before) and before[0].suite == fingerprint(suite)
    if not same_suite or any(each.stops for each in before):
        return whole
    if any(each.of_table for each in suite):
        return whole
    if before[0].table_version == version:
        return None
    try:
        known = set(_files(_table(lake, address, before[0].table_version)))
    except DeltaError:  # the log of that version is gone
        return whole
    new = tuple(file for file in files if file not in known)
    if not new:
        return None
    others = tuple(file for file in files if file in known)
    if not others:
        return whole
    near = set(files_within(table, bounds_of(table, new, key_of(list(suite)))))
    return Reading(version, new, tuple(file for file in others if file in near), NEW)


def _table(lake: Lake, address: str, version: int | None = None) -> DeltaTable:
    return DeltaTable(lake.table_uri(address), version, lake.options or None)


def _files(table: DeltaTable) -> tuple[str, ...]:
    return tuple(sorted(table.get_add_actions()["path"].to_pylist()))


def row_count(lake: Lake, address: str, what: Reading) -> int:
    """How many rows are to be read, those asked for their keys alone among them."""
    table = _table(lake, address, what.version)
    files = (*what.files, *what.others)
    actions = pa.table(table.get_add_actions())
    mine = actions.filter(pc.is_in(actions["path"], pa.array(files, pa.string())))
    if "num_records" in mine.column_names and not mine["num_records"].null_count:
        return int(pc.sum(mine["num_records"]).as_py() or 0)
    return int(lake.files_of(address, table, files).count_rows()) if files else 0


def in_process(
    lake: Lake, address: str, what: Reading, suite: Sequence[Expectation]
) -> Rows | None:
    """The rows, held by this process; None where only Spark can read them."""
    table = _table(lake, address, what.version)
    if not _plain(table):
        return None
    new = lake.files_of(address, table, what.files).to_table()
    key = _key(suite, new.schema.names) if what.others else ()
    old = lake.files_of(address, table, what.others).to_table(columns=list(key)) if key else None
    return few_rows(lake, new, old, suite)


def on_spark(
    lake: Lake, spark: SparkSession, address: str, what: Reading, suite: Sequence[Expectation]
) -> Rows:
    """The rows, held by Spark. Plain files are read straight, which spares it Delta's log."""
    table = _table(lake, address, what.version)
    if not _plain(table) or table.metadata().partition_columns:
        reader = spark.read.format("delta").option("versionAsOf", what.version)
        frame = reader.load(table_path(lake.uri, address))
        return many_rows(frame, None, suite, frame.count())
    new = _frame(lake, spark, address, table, what.files)
    key = _key(suite, new.columns) if what.others else ()
    old = None
    if key:
        old = _frame(lake, spark, address, table, what.others).select(*key)
        old = _near(old, key, table, what.files)
    return many_rows(new, old, suite, lake.files_of(address, table, what.files).count_rows())


def _key(suite: Sequence[Expectation], names: Sequence[str]) -> tuple[str, ...]:
    """The columns that name a row, if the table has them all."""
    key = key_of(list(suite))
    return key if set(key) <= set(names) else ()


def _plain(table: DeltaTable) -> bool:
    """Whether the rows are those of the files."""
    return not set(table.protocol().reader_features or ()) & set(UNREAD)


def _frame(
    lake: Lake, spark: SparkSession, address: str, table: DeltaTable, files: Sequence[str]
) -> DataFrame:
    from pyspark.sql.pandas.types import from_arrow_schema

    schema = from_arrow_schema(pa.schema(table.schema().to_arrow()))
    if not files:
        return spark.createDataFrame([], schema)
    folder = table_path(lake.uri, address)
    reader = spark.read.schema(schema).option("__globPaths__", "false")  # [ and * mean themselves
    return reader.parquet(*(f"{folder}/{unquote(file)}" for file in files))


def _near(old: DataFrame, key: Sequence[str], table: DeltaTable, files: Sequence[str]) -> DataFrame:
    """The old rows that lie where a new one may: no other can have the same key."""
    from pyspark.sql import functions as sql

    for name, (least, greatest) in bounds_of(table, files, key).items():
        old = old.where(sql.col(name).between(sql.lit(least.as_py()), sql.lit(greatest.as_py())))
    return old
