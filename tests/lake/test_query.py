"""Query: DuckDB over the lake's tables, and over nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from casparian.lake.query import Query, QueryError, UnknownTableError
from casparian.lake.store import Lake
from tests.conftest import LandedPlant

VALUES = "silver_equipment.historian_values"


def test_tables_by_their_addresses(landed_plant: LandedPlant) -> None:
    valid = sum(json.loads(row["tables"]).get(VALUES, 0) for row in landed_plant.rows.values())
    with Query(landed_plant.lake) as ask:
        assert ask(f"SELECT count(*) AS n FROM {VALUES}")["n"].to_pylist() == [valid]
        quoted = ask('SELECT count(*) AS n FROM "silver_equipment"."historian_values"')
        assert quoted["n"].to_pylist() == [valid]
        assert ask(f"SELECT count(*) AS n FROM {VALUES.upper()}")["n"][0].as_py() == valid
        joined = ask(
            f"SELECT count(*) AS n FROM {VALUES} AS v "
            "JOIN ops.files AS f ON v._source_hash = f.source_hash"
        )
        assert joined["n"][0].as_py() == valid


def test_filters_and_columns_reach_the_files(landed_plant: LandedPlant) -> None:
    with Query(landed_plant.lake) as ask:
        ask(f"SELECT 1 FROM {VALUES} LIMIT 1")
        plan = ask.connection.sql(
            f"EXPLAIN SELECT value FROM {VALUES} WHERE tag_name = 'TT-1101.PV' AND value > 1"
        ).fetchall()[0][1]
    assert "tag_name" in plan
    assert "Filters" in plan
    assert "_source_hash" not in plan


def test_instants_that_trino_wrote_are_filtered(tmp_path: Path) -> None:
    """In milliseconds without a zone, which Arrow cannot compare with the table's instants."""
    lake, address = Lake.at(tmp_path), "gold_quality.points"
    at = [datetime(2025, 10, 26, hour, tzinfo=UTC) for hour in range(3)]
    rows = pa.table({"id": [1, 2, 3], "made_at": pa.array(at, pa.timestamp("us", "UTC"))})
    write_deltalake(lake.table_uri(address), rows)
    (path,) = Path(lake.table_uri(address)).glob("*.parquet")
    trinos = rows.set_column(1, "made_at", rows["made_at"].cast(pa.timestamp("ms")))
    pq.write_table(trinos, path, store_schema=False)
    with Query(lake) as query:
        after = "made_at > TIMESTAMPTZ '2025-10-26 00:30:00+00'"
        found = query(f"SELECT id, made_at FROM {address} WHERE {after} ORDER BY id")
    assert found.to_pylist() == [{"id": 2, "made_at": at[1]}, {"id": 3, "made_at": at[2]}]
    assert found.schema.field("made_at").type == pa.timestamp("us", "UTC")


def test_times_are_utc(landed_plant: LandedPlant) -> None:
    with Query(landed_plant.lake) as ask:
        found = ask(f'SELECT min("timestamp") AS t, min("timestamp")::VARCHAR AS s FROM {VALUES}')
    assert str(found["t"].type) == "timestamp[us, tz=UTC]"
    assert found["s"][0].as_py().endswith("+00")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM glob('/*')",
        "COPY (SELECT 1) TO '{file}.copy'",
        "ATTACH '{file}.db' AS other",
        "EXPORT DATABASE '{file}.dir'",
        "INSTALL httpfs",
        "LOAD '{file}'",
        "SET enable_external_access = true",
        "SET memory_limit = '1TB'",
        "SELECT * FROM landed_plant",
    ],
)
def test_nothing_but_the_lake(tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with Query(Lake.at(tmp_path / "lake")) as ask, pytest.raises(QueryError) as error:
        ask(sql.format(file=secret.as_posix()))
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


def test_unknown_table_names_the_nearest(landed_plant: LandedPlant) -> None:
    with Query(landed_plant.lake) as ask:
        with pytest.raises(UnknownTableError, match=r"did you mean silver_quality\.lims_results"):
            ask("SELECT * FROM silver_quality.lims_result")
        with pytest.raises(LookupError, match="`casparian tables` lists what there is"):
            ask("SELECT * FROM zzz.zzz")


def test_larger_than_memory_is_spilled_or_said(landed_plant: LandedPlant) -> None:
    with Query(landed_plant.lake, "60MB") as ask:
        found = ask(
            "SELECT count(*) AS n FROM (SELECT i FROM range(9000000) t(i) ORDER BY hash(i))"
        )
        assert found["n"][0].as_py() == 9_000_000
        with pytest.raises(QueryError, match="raise --memory"):
            ask("SELECT string_agg(repeat('x', 100), '') AS t FROM range(5000000)")


def test_names_in_texts_are_no_tables(landed_plant: LandedPlant) -> None:
    with Query(landed_plant.lake) as ask:
        found = ask("SELECT 'silver_equipment.nothing' AS name")
    assert found["name"].to_pylist() == ["silver_equipment.nothing"]


@pytest.mark.parametrize("sql", ["", "BEGIN", "CREATE TABLE a (b INT)", "SELECT 1; SELECT 2"])
def test_one_select_and_nothing_else(tmp_path: Path, sql: str) -> None:
    with Query(Lake.at(tmp_path)) as ask, pytest.raises(QueryError, match="give one SELECT"):
        ask(sql)


def test_pivot_and_describe_are_reading(tmp_path: Path) -> None:
    with Query(Lake.at(tmp_path)) as ask:
        found = ask("PIVOT (SELECT 'x' AS a, 2 AS b) ON a USING sum(b)")
        assert found["x"].to_pylist() == [2]
        assert ask("DESCRIBE SELECT 1 AS n").num_rows == 1


def test_the_connection_is_closed(tmp_path: Path) -> None:
    with Query(Lake.at(tmp_path)) as ask:
        assert ask("SELECT 1 AS n")["n"].to_pylist() == [1]
    with pytest.raises(duckdb.Error):
        ask.connection.execute("SELECT 1")
