"""Books: read = valid + quarantined + duplicate, as the tables and a naive judge have it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pytest

from casparian.lake.process import process
from casparian.lake.scan import scan
from casparian.lake.store import Lake
from casparian.reading import text
from tests.engine.content import check_books, check_keys
from tests.engine.exports import messy_lines, naive_books, write_export, write_messy, write_tags

VALUES = "silver_equipment.historian_values"


@pytest.mark.parametrize("seed", range(12))
def test_a_messy_file_against_a_naive_judge(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every reason, every valid reading, also when the file comes in many small blocks."""
    if seed % 2:
        monkeypatch.setattr(text.utf8_chunks, "__defaults__", (5000,))
    lines = messy_lines(seed, 400)
    write_tags(tmp_path / "in")
    write_export(tmp_path / "in" / "values.csv", lines)
    lake = Lake.at(tmp_path / "lake")
    scan(lake, tmp_path / "in", "t")
    rows = {row["source_path"]: row for row in process(lake, "t")}
    reasons, duplicates, kept = naive_books(lines)
    row = rows["values.csv"]
    assert Counter({reason: n for _, _, reason, n in json.loads(row["reasons"])}) == reasons
    assert row["records_duplicate"] == duplicates
    assert row["records_read"] == len(lines)
    silver = lake.read(VALUES)
    assert silver is not None
    got = [
        tuple(r[n] for n in ("timestamp", "tag_name", "value", "quality"))
        for r in silver.to_pylist()
    ]
    assert sorted(got) == sorted(kept)
    check_books(lake)


def test_rows_keep_their_number_and_their_text(tmp_path: Path) -> None:
    lines = messy_lines(5, 200)
    write_tags(tmp_path / "in")
    write_export(tmp_path / "in" / "values.csv", lines)
    lake = Lake.at(tmp_path / "lake")
    scan(lake, tmp_path / "in", "t")
    process(lake, "t")
    bronze = lake.read("bronze_equipment.historian_values")
    assert bronze is not None
    rows = sorted(bronze.to_pylist(), key=lambda row: row["_source_row"])
    assert [row["_source_row"] for row in rows] == list(range(1, len(lines) + 1))
    for line, row in zip(lines, rows, strict=True):
        cells = (row["timestamp"], row["tag_name"], row["value"], row["quality"])
        assert (row["_raw"] or ",".join(cell or "" for cell in cells)) == line
    rejected = lake.read("ops_equipment.historian_values_quarantine")
    assert rejected is not None
    for row in rejected.to_pylist():
        cells = (row["timestamp"], row["tag_name"], row["value"], row["quality"])
        assert (row["_raw"] or ",".join(cell or "" for cell in cells)) == lines[
            row["_source_row"] - 1
        ]


def test_lineage_on_every_row(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    scan(lake, write_messy(tmp_path / "in"), "t")
    process(lake, "t")
    names = [
        "_source_hash",
        "_source_path",
        "_parser",
        "_parser_version",
        "_contract_version",
        "_ingested_at",
        "_source_row",
    ]
    for address in lake.addresses():
        table = lake.read(address)
        assert table is not None
        if address == "ops.files" or address.endswith(("_hourly", "_daily")):
            continue
        assert set(names) <= set(table.column_names), address
        for name in names:
            assert table[name].null_count == 0, (address, name)
        assert all(len(h) == 64 for h in pc.unique(table["_source_hash"]).to_pylist())


def test_roll_ups_are_those_of_silver(tmp_path: Path) -> None:
    """Hours and days from pieces of four files with duplicates are those of one look at silver."""
    import duckdb

    lake = Lake.at(tmp_path / "lake")
    for part in ("a", "b"):  # two runs, so that hours of the lake are merged too
        scan(lake, write_messy(tmp_path / part, files=3 if part == "a" else 5), "t")
        process(lake, "t")
    silver, hourly, daily = (
        lake.read(f"silver_equipment.historian_{n}") for n in ("values", "hourly", "daily")
    )
    assert silver is not None and hourly is not None and daily is not None
    with duckdb.connect() as ask:
        ask.execute("SET TimeZone = 'UTC'")
        for unit, table in (("hour", "hourly"), ("day", "daily")):
            start, kind = ("hour_start", "TIMESTAMPTZ") if unit == "hour" else ("_date", "DATE")
            expected = ask.sql(
                f"""SELECT tag_name, CAST(date_trunc('{unit}', timestamp) AS {kind}) AS s, count(*),
                min(value), max(value),
                round(sum(value), 6), min(timestamp), arg_min(value, timestamp), max(timestamp),
                arg_max(value, timestamp), count(*) FILTER (quality = 'Uncertain')
                FROM silver GROUP BY ALL ORDER BY ALL"""
            ).fetchall()
            got = ask.sql(
                f"""SELECT tag_name, CAST({start} AS {kind}) AS s, reading_count,
                value_min, value_max, round(value_sum, 6), first_at, first_value, last_at,
                last_value, uncertain_count FROM {table} ORDER BY ALL"""
            ).fetchall()
            assert [str(row) for row in got] == [str(row) for row in expected]
    check_books(lake)
    check_keys(lake, {VALUES: ("timestamp", "tag_name")})
