"""Maintenance: on real landings, beside running ones, cut short, and what the books say after."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from casparian.contracts.upkeep import Upkeep
from casparian.lake import expire as expiring
from casparian.lake.checks import SCHEMA as CHECKS
from casparian.lake.journal import EXPECTATIONS, append
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.maintain import Maintenance
from casparian.lake.maintained import Done
from casparian.lake.quarantine import Choice
from casparian.lake.query_columns import ANY, Asked, keep
from casparian.lake.replay import replay
from casparian.lake.rewrite import files
from casparian.lake.store import Lake
from tests.lake.exports import books, content, land, write_readings, write_tags
from tests.lake.many_files import VALUES, commit_each, files_touched, readings, rows_of

QUARANTINE = "ops_equipment.historian_values_quarantine"
BRONZE = "bronze_equipment.historian_values"
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=40)
HOURS = 10


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_tags(folder, 100)
    return folder


@pytest.fixture
def lake(tmp_path: Path, exports: Path) -> Lake:
    """Ten landings of a file each: 10 valid readings, 5 above the limit, 5 bad ones."""
    made = Lake.at(tmp_path / "lake")
    land(made, exports)
    for hour in range(HOURS):
        write_readings(exports, f"r{hour}.csv", hour, ["1", "2", "Bad", "200"] * 5)
        land(made, exports)
    return made


def maintained(
    lake: Lake, *, now: datetime = NOW, jobs: tuple[str, ...] = (), **kept: int
) -> list[Done]:
    job = Maintenance(lake, now=now)
    job.jobs = jobs or job.jobs
    job.policies[QUARANTINE] = Upkeep(**kept)  # type: ignore[arg-type]
    done = job.run()
    assert [each.problem for each in done if each.problem] == []
    return done


def count(lake: Lake, address: str) -> int:
    return len(files(lake.delta(address)))  # type: ignore[arg-type]


def parquet(lake: Lake, address: str) -> int:
    return len(list(Path(lake.folder(address)).glob("*.parquet")))


def test_fewer_files_the_same_rows_and_landing_goes_on(lake: Lake, exports: Path) -> None:
    before, booked = content(lake), books(lake)
    done = maintained(lake)
    changed = {each.address for each in done if each.changed}
    assert {VALUES, BRONZE, QUARANTINE, "ops.files"} <= changed
    assert {count(lake, address) for address in changed} == {1}
    assert {k: v for k, v in content(lake).items() if k != "ops.maintenance"} == before
    assert books(lake) == booked
    assert not any(each.changed for each in maintained(lake) if not each.address.startswith("ops."))
    write_readings(exports, "late.csv", 3, ["1", "9", "3"])  # landed before, another value, new
    land(lake, exports)
    (row,) = [r for r in Ledger(lake).rows() if r["source_path"] == "late.csv"]
    assert (row["records_duplicate"], row["records_quarantined"]) == (1, 1)
    assert not not_closed(Ledger(lake).rows())


def test_quarantine_past_its_time_goes_and_the_books_say_so(lake: Lake) -> None:
    before, booked = content(lake), books(lake)
    assert maintained(lake, quarantine_days=30)
    assert content(lake)[QUARANTINE] == before[QUARANTINE], "nothing is thirty days old"
    done = maintained(lake, now=LATER, quarantine_days=30)
    assert sum(each.rows_expired for each in done if each.address == QUARANTINE) == HOURS * 10
    after = content(lake)
    assert after[QUARANTINE] == []
    others = {k: v for k, v in after.items() if k not in (QUARANTINE, "ops.maintenance")}
    assert others == {k: v for k, v in before.items() if k != QUARANTINE}
    assert books(lake) == booked, "the verdicts stand"
    rows = [row for row in Ledger(lake).rows() if row["source_path"] != "tags.csv"]
    assert {row["records_expired"] for row in rows} == {10}
    assert {row["expired"] for row in rows} == {json.dumps({QUARANTINE: 10})}
    assert "10 quarantined records of historian_values expired, 30 days" in rows[0]["notes"]
    assert not not_closed(rows)
    again = maintained(lake, now=LATER, quarantine_days=30)
    assert sum(each.rows_expired for each in again if each.address == QUARANTINE) == 0
    assert Ledger(lake).rows()[0]["notes"] == Ledger(lake).rows()[0]["notes"]


def test_only_the_old_ones_go_and_a_replay_does_not_miscount(lake: Lake, exports: Path) -> None:
    """A file landed later, in one data file with the old ones, keeps its records."""
    maintained(lake, quarantine_days=30)
    rows = Ledger(lake).rows()
    write_readings(exports, "young.csv", 20, ["200", "1"])
    land(lake, exports)
    table = lake.delta(QUARANTINE)
    assert table is not None
    young = next(row for row in Ledger(lake).rows() if row["source_path"] == "young.csv")
    _age(lake, {row["source_hash"] for row in rows}, timedelta(days=40))
    maintained(lake, quarantine_days=30)
    left = lake.read(QUARANTINE)
    assert left is not None
    assert left["_source_hash"].to_pylist() == [young["source_hash"]]
    write_tags(exports, 500, "tags2.csv")
    land(lake, exports)
    (outcome,) = replay(lake, Choice())
    assert (outcome.chosen, outcome.valid) == (1, 1)
    assert not not_closed(Ledger(lake).rows())


def _age(lake: Lake, sources: set[str], by: timedelta) -> None:
    """Quarantine as it was when these files had landed earlier."""
    rows = lake.read(QUARANTINE)
    table = lake.delta(QUARANTINE)
    assert rows is not None
    assert table is not None
    names = ", ".join(f"'{source}'" for source in sources)
    table.update(
        predicate=f"_source_hash IN ({names})",
        updates={"_ingested_at": f"_ingested_at - INTERVAL '{by.days} days'"},
    )


def test_an_expiry_cut_short_is_finished_by_the_next(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(expiring, "_book", killed)
        with pytest.raises(KeyboardInterrupt):
            maintained(lake, now=LATER, quarantine_days=30)
    assert content(lake)[QUARANTINE] == []
    assert {row["records_expired"] for row in Ledger(lake).rows()} == {None}
    assert not not_closed(Ledger(lake).rows())
    maintained(lake, now=LATER, quarantine_days=30)
    assert sum(row["records_expired"] or 0 for row in Ledger(lake).rows()) == HOURS * 10


def test_rows_that_the_books_do_not_know_are_told_and_kept(lake: Lake) -> None:
    table = lake.delta(QUARANTINE)
    assert table is not None
    table.delete("_source_path = 'r3.csv' AND _source_row = 3")
    job = Maintenance(lake, jobs=("expire",), now=LATER)
    job.policies[QUARANTINE] = Upkeep(quarantine_days=30)
    (problem,) = [each.problem for each in job.run() if each.problem]
    assert problem == (
        f"{QUARANTINE} keeps records past their time of r3.csv:"
        " they are not as many as the books say."
    )
    left = lake.read(QUARANTINE)
    assert left is not None
    assert set(left["_source_path"].to_pylist()) == {"r3.csv"}
    by_path = {row["source_path"]: row["records_expired"] for row in Ledger(lake).rows()}
    assert by_path["r3.csv"] is None
    assert by_path["r4.csv"] == 10


def _older(folder: Path, hours: float) -> None:
    at = time.time() - hours * 3600
    for path in folder.rglob("*.parquet"):
        os.utime(path, (at, at))


def test_vacuum_takes_what_nobody_needs_and_nothing_young(lake: Lake) -> None:
    maintained(lake, jobs=("compact",))
    before, folder = content(lake), Path(lake.folder(VALUES))
    assert parquet(lake, VALUES) == HOURS + 1
    maintained(lake, jobs=("vacuum",))
    assert parquet(lake, VALUES) == HOURS + 1, "they went just now"
    running, killed = folder / "part-running.parquet", folder / "part-killed.parquet"
    killed.write_bytes(b"of a run that was killed")
    _older(folder, 200)
    running.write_bytes(b"of a landing that has not committed yet")
    done = maintained(lake, jobs=("vacuum",), now=NOW)
    assert (running.exists(), killed.exists()) == (True, False)
    assert content(lake) == before | {"ops.maintenance": content(lake)["ops.maintenance"]}
    assert sum(each.files_deleted for each in done if each.address == VALUES) == 1


def test_files_that_were_replaced_long_ago_go(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    maintained(lake, jobs=("compact",))
    before, table = content(lake), lake.delta(VALUES)
    assert table is not None
    _older(Path(lake.folder(VALUES)), 200)
    _date_back_log(lake, VALUES, 200)
    maintained(lake, jobs=("vacuum",))
    assert parquet(lake, VALUES) == 1
    assert content(lake)[VALUES] == before[VALUES]


def _date_back_log(lake: Lake, address: str, hours: float) -> None:
    """The log as it was when its removals had happened earlier."""
    for path in Path(lake.folder(address), "_delta_log").glob("*.json"):
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for action in lines:
            if gone := action.get("remove"):
                gone["deletionTimestamp"] -= int(hours * 3_600_000)
        path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")


def test_vacuum_reads_odd_names_of_partitions_right(tmp_path: Path) -> None:
    lake, address = Lake.at(tmp_path / "lake"), "gold_production.odd"
    rows = pa.table({"k": ["A B", "x/y", "ü%20:", "plain", None], "v": [1, 2, 3, 4, 5]})
    for _ in range(2):
        write_deltalake(lake.table_uri(address), rows, partition_by=["k"], mode="append")
    place = next(
        path for path in Path(lake.folder(address)).iterdir() if path.name.startswith("k=A")
    )
    (place / "orphan.parquet").write_bytes(b"of a run that was killed")
    _older(Path(lake.folder(address)), 200)
    (done,) = Maintenance(lake, jobs=("vacuum",)).run([address])
    assert (done.files_deleted, done.problem) == (1, None)
    assert len(rows_of(lake, address)) == 10


def test_the_log_is_trimmed_and_still_knows_what_landed(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    commit_each(lake, (readings(file, rows=2) for file in range(130)))
    before, log = rows_of(lake), Path(lake.folder(VALUES), "_delta_log")
    _stamp_back(log, 40)
    maintained(lake, jobs=("compact", "log"))
    assert len(list(log.glob("*.json"))) < 60
    assert rows_of(lake) == before
    known = {f"{file:064x}" for file in range(130)}
    assert lake.landed(VALUES, known) == known


def _stamp_back(log: Path, days: int) -> None:
    at = time.time() - days * 86400
    for path in log.glob("*.json"):
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for action in lines:
            if info := action.get("commitInfo"):
                info["timestamp"] -= days * 86_400_000
        path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    for path in log.iterdir():
        os.utime(path, (at, at))


def test_columns_that_queries_ask_for_give_the_order(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    commit_each(lake, (readings(file) for file in range(40)))
    before = rows_of(lake)
    counts = {ANY: 100, "tag_name": 80, "timestamp": 60, "value": 5, "gone": 90}
    keep(lake, [Asked(NOW, NOW, "trino", VALUES, name, n) for name, n in counts.items()])
    job = Maintenance(lake)
    job.policies[VALUES] = Upkeep(target_file_mb=1)
    table = lake.delta(VALUES)
    assert table is not None
    assert job.order(VALUES, table, job.policies[VALUES]) == ("tag_name", "timestamp")
    monthly = [f for f in files(table) if f.path.startswith("z")]
    assert monthly == []
    job.policies[VALUES] = _Tiny()
    done = job.run([VALUES])
    assert {each.columns for each in done if each.job == "z_order"} == {"tag_name, timestamp"}
    assert rows_of(lake) == before
    tag = "HAM-MC1.TI-017.PV"
    assert files_touched(lake, tag_name=(tag, tag)) <= count(lake, VALUES) // 2


class _Tiny(Upkeep):
    """A target size that forty small files reach."""

    @property
    def target_bytes(self) -> int:
        return 20_000


def test_too_few_queries_give_no_order_and_old_ones_do_not_count(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path / "lake")
    commit_each(lake, [readings(0)])
    old = NOW - timedelta(days=31)
    keep(lake, [Asked(old, old, "trino", VALUES, name, 100) for name in (ANY, "tag_name")])
    keep(lake, [Asked(NOW, NOW, "trino", VALUES, name, 9) for name in (ANY, "tag_name")])
    table = lake.delta(VALUES)
    assert table is not None
    assert Maintenance(lake).order(VALUES, table, Upkeep()) == ()


def test_journals_lose_what_is_old_but_not_a_tables_state(lake: Lake) -> None:
    rows = [
        {"run_id": "1", "checked_at": NOW, "address": VALUES, "expectation": "unique"},
        {"run_id": "2", "checked_at": LATER, "address": VALUES, "expectation": "unique"},
        {"run_id": "1", "checked_at": NOW, "address": BRONZE, "expectation": "it's"},
    ]
    append(lake, EXPECTATIONS, pa.Table.from_pylist(rows, CHECKS))
    Maintenance(lake, jobs=("expire",), now=LATER, journal_days=20).run()
    left = lake.read(EXPECTATIONS, ["run_id", "address"])
    assert left is not None
    assert sorted(map(tuple, (row.values() for row in left.to_pylist()))) == [
        ("1", BRONZE),
        ("2", VALUES),
    ]


def test_beside_running_landings_nothing_is_lost_and_nothing_fails(
    lake: Lake, exports: Path, tmp_path: Path
) -> None:
    """Landings and maintenance in turn and at once, from two threads with lakes of their own."""
    before = {row["source_path"] for row in Ledger(lake).rows()}

    def landings() -> None:
        own = Lake.at(lake.uri)
        for hour in range(HOURS, HOURS + 8):
            write_readings(exports, f"r{hour}.csv", hour, ["1", "2", "Bad", "200"] * 5)
            land(own, exports)

    def maintenance() -> Iterator[Done]:
        own = Lake.at(lake.uri)
        for _ in range(6):
            job = Maintenance(own, jobs=("expire", "z_order", "compact", "log"))
            job.policies[VALUES] = _Tiny(z_order=("tag_name", "timestamp"))
            yield from job.run()

    with ThreadPoolExecutor(2) as pool:
        landed, kept = pool.submit(landings), pool.submit(lambda: list(maintenance()))
        landed.result()
        assert [each.problem for each in kept.result() if each.problem] == []
    rows = Ledger(lake).rows()
    assert len(rows) == len(before) + 8
    assert not not_closed(rows)
    assert {row["status"] for row in rows} == {"landed"}
    silver, refused = lake.read(VALUES), lake.read(QUARANTINE)
    assert silver is not None
    assert refused is not None
    places = list(
        zip(silver["_source_hash"].to_pylist(), silver["_source_row"].to_pylist(), strict=True)
    )
    assert len(places) == len(set(places)) == (HOURS + 8) * 10
    assert refused.num_rows == (HOURS + 8) * 10
