"""One table, two engines: what Spark writes Trino reads at once, and the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.conftest import Ask

pytestmark = [pytest.mark.stack, pytest.mark.spark, pytest.mark.slow]


@pytest.fixture
def table(spark: Any, lake: str, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"silver_both.{request.node.name.removeprefix('test_')}"
    spark.sql("CREATE DATABASE IF NOT EXISTS silver_both LOCATION 's3a://lake/both'")
    spark.sql(f"CREATE TABLE {_quoted(name)} (id BIGINT, value DOUBLE, at TIMESTAMP) USING delta")
    spark.sql(
        f"INSERT INTO {_quoted(name)} VALUES (1, 1.5, TIMESTAMP '2025-10-26 01:30:00'),"
        " (2, double('NaN'), NULL), (3, NULL, TIMESTAMP '2025-10-26 02:30:00.123456')"
    )
    yield name
    spark.sql(f"DROP TABLE {_quoted(name)}")


def _quoted(name: str, mark: str = "`") -> str:
    return ".".join(mark + part + mark for part in name.split("."))


def of_spark(spark: Any, name: str, columns: str = "id, value") -> list[list[Any]]:
    rows = spark.sql(f"SELECT {columns} FROM {_quoted(name)} ORDER BY id").collect()
    return [list(row) for row in rows]


def of_trino(trino: Ask, name: str, columns: str = "id, value") -> list[list[Any]]:
    return trino(f"SELECT {columns} FROM {_quoted(name, chr(34))} ORDER BY id")


def same(spark: Any, trino: Ask, name: str, columns: str = "id, value") -> list[list[Any]]:
    """What both engines read, which is the same."""
    found = of_spark(spark, name, columns)
    assert repr(found) == repr(of_trino(trino, name, columns))  # NaN is no equal of itself
    return found


def test_what_spark_writes_trino_reads(spark: Any, trino: Ask, table: str) -> None:
    assert len(same(spark, trino, table)) == 3


def test_trino_reads_instants_to_the_millisecond(spark: Any, trino: Ask, table: str) -> None:
    """Its Delta connector knows no finer instants: `timestamp(3) with time zone`."""
    in_spark = of_spark(spark, table, "unix_micros(at)")
    in_trino = of_trino(trino, table, "CAST(round(to_unixtime(at) * 1e6) AS BIGINT)")
    assert [at and at // 1000 * 1000 for (at,) in in_spark] == [at for (at,) in in_trino]


def test_only_times_without_a_zone_are_finer_in_trino(spark: Any, trino: Ask, table: str) -> None:
    """What docs/adr/0017 decides on: TIMESTAMP_NTZ has microseconds there, TIMESTAMP has not."""
    local = f"{table}_local"
    spark.sql(f"CREATE TABLE {_quoted(local)} (at TIMESTAMP, local TIMESTAMP_NTZ) USING delta")
    spark.sql(f"INSERT INTO {_quoted(local)} SELECT at, at FROM {_quoted(table)} WHERE id = 3")
    asked = (
        f"SELECT typeof(at), typeof(local), CAST(local AS VARCHAR) FROM {_quoted(local, chr(34))}"
    )
    assert trino(asked) == [
        ["timestamp(3) with time zone", "timestamp(6)", "2025-10-26 02:30:00.123456"]
    ]
    spark.sql(f"DROP TABLE {_quoted(local)}")


def test_what_trino_writes_spark_reads(spark: Any, trino: Ask, table: str) -> None:
    quoted = _quoted(table, '"')
    trino(f"INSERT INTO {quoted} VALUES (4, 4.5, TIMESTAMP '2025-10-26 03:00:00 UTC')")
    trino(f"UPDATE {quoted} SET value = 9 WHERE id = 1")
    trino(f"DELETE FROM {quoted} WHERE id = 3")
    spark.catalog.refreshTable(_quoted(table))
    assert [row[0] for row in same(spark, trino, table)] == [1, 2, 4]


def test_added_columns(spark: Any, trino: Ask, table: str) -> None:
    spark.sql(f"ALTER TABLE {_quoted(table)} ADD COLUMNS (unit STRING)")
    spark.sql(f"INSERT INTO {_quoted(table)} VALUES (5, 5, NULL, 'degC')")
    trino(f"ALTER TABLE {_quoted(table, chr(34))} ADD COLUMN note VARCHAR")
    spark.catalog.refreshTable(_quoted(table))
    found = same(spark, trino, table, "id, unit, note")
    assert found[0] == [1, None, None]
    assert found[-1] == [5, "degC", None]


def test_deletion_vectors_optimize_and_vacuum(spark: Any, trino: Ask, table: str) -> None:
    quoted = _quoted(table)
    spark.sql(f"ALTER TABLE {quoted} SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)")
    spark.sql(f"INSERT INTO {quoted} SELECT id, id, NULL FROM range(10, 1010)")
    spark.sql(f"DELETE FROM {quoted} WHERE id % 3 = 0")
    left = same(spark, trino, table)
    assert len(left) == 2 + 1000 - 333
    spark.sql(f"OPTIMIZE {quoted} ZORDER BY (id)")
    assert repr(same(spark, trino, table)) == repr(left)
    trino(f"ALTER TABLE {_quoted(table, chr(34))} EXECUTE optimize")
    spark.conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    spark.sql(f"VACUUM {quoted} RETAIN 0 HOURS")
    spark.catalog.refreshTable(quoted)
    assert repr(same(spark, trino, table)) == repr(left)
