"""Sinks: the same verdicts, quarantine and books in each, and a file is loaded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as pads
import pytest

from casparian.formats import all_formats
from casparian.lake.quarantine import Choice
from casparian.lake.replay import replay
from casparian.lake.run import from_ledger, from_paths
from casparian.lake.run import land as land_in
from casparian.lake.sinks import open_sink, parse, sweep
from casparian.lake.store import LEDGER, Lake, LakeError
from tests.lake.exports import books, content, land, write_readings, write_tags

HISTORIAN = all_formats()["historian_csv"]
SILVER = ["silver_equipment.historian_values"]


def write_folder(exports: Path) -> Path:
    """120 is above the limit of 100; b.csv repeats a reading of a.csv and contradicts another."""
    exports.mkdir()
    write_tags(exports, 100)
    write_readings(exports, "a.csv", 3, ["20", "120", "", "21"])
    write_readings(exports, "b.csv", 3, ["20", "7", "8", "99"])
    return exports


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("sinks") / "exports")


@pytest.fixture(scope="module")
def lake(folder: Path) -> Lake:
    """What every sink must hold. Nobody writes to it."""
    lake = Lake.at(folder.parent / "lake")
    land(lake, folder)
    return lake


def run(sink_text: str, lake: Lake, folder: Path) -> tuple[int, int]:
    """Run the historian format over the folder; files landed and known."""
    with open_sink(sink_text, lake, SILVER) as sink:
        chosen = from_paths(sink, [folder], "run", HISTORIAN)
        rows = land_in(lake, sink, chosen.rows, HISTORIAN)
        return len(rows), len(chosen.known)


def in_delta(place: Path) -> dict[str, list[str]]:
    return content(Lake.at(place))


def in_parquet(place: Path) -> dict[str, list[str]]:
    """Read as somebody who knows no Delta: the Parquet files of each folder."""
    found = {}
    for log in place.rglob("_delta_log"):
        layer, *domain, table = log.parent.relative_to(place).parts
        address = "_".join([layer, *domain]) + f".{table}"
        paths = sorted(str(path) for path in log.parent.glob("*.parquet"))
        found[address] = _texts(pads.dataset(paths).to_table())
    return found


def in_duckdb(place: Path) -> dict[str, list[str]]:
    found = {}
    with duckdb.connect(str(place), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'").fetchall()
        for schema, table in connection.sql(
            "SELECT schema_name, table_name FROM duckdb_tables()"
        ).fetchall():
            rows = connection.sql(f'FROM "{schema}"."{table}"').to_arrow_table()
            found[f"{schema}.{table}"] = _texts(rows)
    return found


def _texts(table: pa.Table) -> list[str]:
    kept = [name for name in sorted(table.column_names) if name != "_ingested_at"]
    return sorted(str(row) for row in table.select(kept).to_pylist())


SINKS: list[tuple[str, str, Callable[[Path], dict[str, list[str]]]]] = [
    ("delta", "d", in_delta),
    ("parquet", "p", in_parquet),
    ("duckdb", "x/plant.duckdb", in_duckdb),
]


@pytest.mark.parametrize(("scheme", "place", "read"), SINKS)
def test_every_sink_has_the_same_rows_and_a_file_once(
    scheme: str, place: str, read: Any, lake: Lake, folder: Path, tmp_path: Path
) -> None:
    text = f"{scheme}://{tmp_path / place}"
    assert run(text, lake, folder) == (2, 0)
    expected = {address: rows for address, rows in content(lake).items() if "historian_" in address}
    expected = {a: rows for a, rows in expected.items() if "tags" not in a}
    found = read(tmp_path / place)
    assert len(found.pop(LEDGER, [None, None])) == 2
    assert found == expected
    assert run(text, lake, folder) == (0, 2)
    again = read(tmp_path / place)
    again.pop(LEDGER, None)
    assert again == expected


@pytest.mark.parametrize(("scheme", "place", "read"), SINKS)
def test_a_later_file_meets_what_the_sink_holds(
    scheme: str, place: str, read: Any, lake: Lake, folder: Path, tmp_path: Path
) -> None:
    """b.csv alone, in a second run: its first reading is a copy, its second was above the limit
    in a.csv, its last contradicts; and hours add up."""
    text = f"{scheme}://{tmp_path / place}"
    (folder / "b.csv").rename(tmp_path / "b.csv")
    assert run(text, lake, folder) == (1, 0)
    (tmp_path / "b.csv").rename(folder / "b.csv")
    assert run(text, lake, folder) == (1, 1)
    expected = {a: r for a, r in content(lake).items() if "historian_" in a and "tags" not in a}
    found = read(tmp_path / place)
    found.pop(LEDGER, None)
    assert found == expected


def test_books_close_in_a_duckdb_file(lake: Lake, folder: Path, tmp_path: Path) -> None:
    run(f"duckdb://{tmp_path / 'p.duckdb'}", lake, folder)
    with duckdb.connect(str(tmp_path / "p.duckdb"), read_only=True) as connection:
        rows = connection.sql(
            "SELECT source_path, records_read, records_valid, records_quarantined, "
            "records_duplicate FROM ops.files ORDER BY 1"
        ).fetchall()
    ledger = books(lake)
    assert rows == [(name, *ledger[name][1:5]) for name in ("a.csv", "b.csv")]
    assert all(read == good + bad + twice for _, read, good, bad, twice in rows)


def test_a_cut_between_landing_and_the_file_leaves_the_file_as_it_was(
    lake: Lake, folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "p.duckdb"
    with pytest.raises(KeyboardInterrupt), open_sink(f"duckdb://{place}", lake, SILVER) as sink:
        chosen = from_paths(sink, [folder], "run", HISTORIAN)
        land_in(lake, sink, chosen.rows, HISTORIAN, watch=_interrupt)
    assert in_duckdb(place) == {}
    (tmp_path / ".p-killed.landing").mkdir()
    assert run(f"duckdb://{place}", lake, folder) == (2, 0)
    assert list(tmp_path.glob(".p-*")) == []


def _interrupt(progress: Any) -> None:
    if progress.event == "commit":
        raise KeyboardInterrupt


def test_parquet_folders_hold_nothing_of_a_run_cut_short(
    lake: Lake, folder: Path, tmp_path: Path
) -> None:
    text = f"parquet://{tmp_path / 'p'}"
    with pytest.raises(KeyboardInterrupt), open_sink(text, lake) as sink:
        chosen = from_paths(sink, [folder], "run", HISTORIAN)
        land_in(lake, sink, chosen.rows, HISTORIAN, watch=_interrupt)
    assert run(text, lake, folder) == (2, 0)
    assert len(in_parquet(tmp_path / "p")[SILVER[0]]) == len(content(lake)[SILVER[0]])


def test_a_lake_is_not_swept(lake: Lake, folder: Path) -> None:
    with pytest.raises(LakeError, match="is a Delta lake already"):
        run(f"parquet://{lake.uri}", lake, folder)


def test_no_duckdb_file(lake: Lake, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.duckdb").write_text("no database at all, but some text" * 300)
    with pytest.raises(LakeError, match="cannot be opened as a DuckDB file"):
        run(f"duckdb://{tmp_path / 'text.duckdb'}", lake, folder)


def test_files_of_the_ledger(lake: Lake, tmp_path: Path) -> None:
    with open_sink(f"delta://{tmp_path / 'd'}", lake) as sink:
        assert len(from_ledger(lake, sink, "test", HISTORIAN).rows) == 2
        assert from_ledger(lake, sink, "other", HISTORIAN).rows == []
        mine = from_ledger(lake, sink, None, HISTORIAN, fits=lambda name: name == "a.csv")
        assert [row["source_path"] for row in mine.rows] == ["a.csv"]
    with open_sink(None, lake) as sink:
        assert len(from_ledger(lake, sink, "test", HISTORIAN).known) == 2


@pytest.mark.parametrize("text", ["x", "ftp://x", "parquet://", "duckdb:///", "lake"])
def test_what_is_no_sink(text: str) -> None:
    with pytest.raises(LakeError, match="is no sink: write parquet://DIR"):
        parse(text)


def test_windows_paths_are_sinks() -> None:
    assert parse(r"parquet://C:\lake") == ("parquet", r"C:\lake")
    assert parse(r"delta://\\server\share\lake") == ("delta", r"\\server\share\lake")


def test_s3(lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lake's own discipline on a bucket, against an S3 of this process."""
    boto3 = pytest.importorskip("boto3")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "one",
            "AWS_SECRET_ACCESS_KEY": "two", "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():  # fmt: skip
            monkeypatch.setenv(name, value)
        boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="plant")
        assert run("s3://plant/lake", lake, folder) == (2, 0)
        found = content(Lake.at("s3://plant/lake"))
        assert run("s3://plant/lake", lake, folder) == (0, 2)
    finally:
        server.stop()
    expected = {a: r for a, r in content(lake).items() if "historian_" in a and "tags" not in a}
    assert found == expected


def test_replay_leaves_plain_parquet_folders_true(lake: Lake, tmp_path: Path) -> None:
    """A replay rewrites files; in a Parquet sink the old ones go."""
    place, folder = tmp_path / "p", write_folder(tmp_path / "exports")
    write_readings(folder, "c.csv", 5, ["110", "111"])
    run(f"parquet://{place}", lake, folder)
    sink = Lake.at(place)
    (folder / "tags.csv").unlink()
    write_tags(folder, 125, "tags_new.csv")
    land(sink, folder)
    assert sum(one.valid for one in replay(sink, Choice())) == 2
    sweep(sink)
    assert in_parquet(place)[SILVER[0]] == content(sink)[SILVER[0]]
    assert len(in_parquet(place)["ops_equipment.historian_values_quarantine"]) == 3
