"""The fictional plant through the laptop engine: its own truth is what must come out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow.compute as pc

from casparian.formats import all_formats
from casparian.lake.process import contracts_of
from tests.conftest import LandedPlant
from tests.engine.content import BOOKS, check_books, check_keys

VALUES = "silver_equipment.historian_values"
REJECTED_VALUES = "ops_equipment.historian_values_quarantine"


def test_books_of_every_file(landed_plant: LandedPlant) -> None:
    truth = landed_plant.plant.truth["files"]
    got = {
        path: {name.removeprefix("records_"): row[name] for name in BOOKS}
        for path, row in landed_plant.rows.items()
    }
    assert got == truth
    check_books(landed_plant.lake)


def test_no_key_twice(landed_plant: LandedPlant) -> None:
    every = contracts_of(all_formats().values())
    check_keys(landed_plant.lake, {a: contract.primary_key for a, contract in every.items()})


def test_quarantine_by_table_rule_reason_and_file(landed_plant: LandedPlant) -> None:
    truth = Counter(
        {
            (entry["table"].split(".")[1], entry["rule"], entry["reason"], entry["file"]): entry[
                "count"
            ]
            for entry in landed_plant.plant.truth["quarantine"]
        }
    )
    ledger: Counter[tuple[str, ...]] = Counter()
    for path, row in landed_plant.rows.items():
        for table, rule, reason, count in json.loads(row["reasons"]):
            ledger[table, rule, reason, path] += count
    assert ledger == truth
    assert _quarantine_rows(landed_plant) == truth


def _quarantine_rows(landed_plant: LandedPlant) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    lake = landed_plant.lake
    for address in (a for a in lake.addresses() if a.endswith("_quarantine")):
        table = lake.read(address, ["rule", "reason", "_source_path"])
        assert table is not None
        name = address.partition(".")[2].removesuffix("_quarantine")
        found.update((name, *row.values()) for row in table.to_pylist())
    return found


def test_the_offline_hour_and_nothing_else(landed_plant: LandedPlant) -> None:
    truth = landed_plant.plant.truth["offline"]
    rows = landed_plant.lake.read(REJECTED_VALUES)
    assert rows is not None
    offline = rows.filter(pc.equal(rows["rule"], "sensor_offline")).to_pylist()
    assert {(row["tag_name"], row["_source_path"]) for row in offline} == {
        (truth["tag"], truth["file"])
    }
    assert len(offline) == truth["count"]
    assert {row["reason"] for row in offline} == {"Sensor offline"}
    assert {float(row["value"]) for row in offline} == {0.0}
    start, end = (datetime.fromisoformat(truth[edge]) for edge in ("start", "end"))
    left = landed_plant.lake.read(VALUES, ["tag_name", "timestamp"])
    assert left is not None
    own = left.filter(pc.equal(left["tag_name"], truth["tag"]))["timestamp"].to_pylist()
    assert not [at for at in own if start <= at < end], "a zero of the offline hour is in silver"
    assert len(own) > 100


def test_windows_delivered_twice_are_counted_once(landed_plant: LandedPlant) -> None:
    truth = landed_plant.plant.truth["files"]
    copied = {path: entry["duplicate"] for path, entry in truth.items() if entry["duplicate"]}
    assert any("/historian/" in path for path in copied), "the plant must repeat a historian window"
    assert {path: landed_plant.rows[path]["records_duplicate"] for path in copied} == copied


def test_clock_back(landed_plant: LandedPlant) -> None:
    truth = landed_plant.plant.truth["clock_back"]
    rows = landed_plant.lake.read(REJECTED_VALUES)
    assert rows is not None
    back = rows.filter(pc.equal(rows["rule"], "clock_back"))["_source_path"].to_pylist()
    assert Counter(back) == {truth["file"]: truth["count"]}


def test_dst_night_keeps_both_passes_apart(landed_plant: LandedPlant) -> None:
    truth = landed_plant.plant.truth["dst"]
    change = datetime.fromisoformat(truth["changes_at"])
    hour = timedelta(hours=1)
    rows = landed_plant.lake.read(VALUES, ["timestamp", "tag_name", "_source_path"])
    bad = landed_plant.lake.read(REJECTED_VALUES, ["timestamp", "_source_path", "rule"])
    assert rows is not None and bad is not None
    for entry in truth["files"]:
        own = rows.filter(pc.equal(rows["_source_path"], entry["file"])).to_pylist()
        passes = Counter(
            row["timestamp"] >= change
            for row in own
            if change - hour <= row["timestamp"] < change + hour
        )
        lost = [
            row for row in bad.filter(pc.equal(bad["_source_path"], entry["file"])).to_pylist()
            if row["timestamp"] and row["timestamp"][11:13] == "02"
        ]  # fmt: skip
        both = passes[False] + passes[True] + len(lost)
        assert both == entry["first_pass"] + entry["second_pass"], entry
        assert abs(passes[False] - entry["first_pass"]) <= len(lost), entry
        assert len({(row["tag_name"], row["timestamp"]) for row in own}) == len(own)


def test_mtconnect_observations_counted_once(landed_plant: LandedPlant) -> None:
    truth = landed_plant.plant.truth["mtconnect"]
    got: dict[str, Counter[str]] = {entry["uuid"]: Counter() for entry in truth["devices"].values()}
    for table in ("mtc_samples", "mtc_events", "mtc_conditions"):
        rows = landed_plant.lake.read(f"silver_equipment.{table}", ["device_uuid"])
        assert rows is not None
        for uuid, count in Counter(rows["device_uuid"].to_pylist()).items():
            got[uuid][f"equipment.{table}"] = count
    assert got == {entry["uuid"]: entry["observations"] for entry in truth["devices"].values()}
    twice = sum(
        row["records_duplicate"] for p, row in landed_plant.rows.items() if "/mtconnect/" in p
    )
    assert twice == truth["duplicates"]


def test_mtconnect_order_restart_and_clock_step(landed_plant: LandedPlant) -> None:
    truth = landed_plant.plant.truth["mtconnect"]
    steps, instances = [], set()
    for table in ("mtc_samples", "mtc_events", "mtc_conditions"):
        names = ["device_name", "instance_id", "sequence", "clock_step", "quality", "_source_path"]
        rows = landed_plant.lake.read(f"silver_equipment.{table}", names)
        assert rows is not None
        steps += rows.filter(rows["clock_step"]).to_pylist()
        instances |= {(row["_source_path"], row["instance_id"]) for row in rows.to_pylist()}
    step, restart = truth["clock_step"], truth["restart"]
    # the step is planted once; every data item meets it at its own next observation
    assert {(s["_source_path"], s["instance_id"]) for s in steps} == {
        (step["file"], step["instance_id"])
    }
    assert min(s["sequence"] for s in steps) == step["sequence"]
    own = {instance for path, instance in instances if f"/{restart['device']}/" in path}
    assert own == {restart["previous_instance_id"], restart["instance_id"]}


def test_unavailable_has_no_value(landed_plant: LandedPlant) -> None:
    rows = landed_plant.lake.read(
        "silver_equipment.mtc_samples", ["value", "value_text", "quality"]
    )
    assert rows is not None
    bad = rows.filter(pc.equal(rows["quality"], "Bad"))
    assert bad.num_rows
    assert bad["value"].null_count == bad["value_text"].null_count == bad.num_rows


def test_instants_are_utc_and_recent(landed_plant: LandedPlant) -> None:
    rows = landed_plant.lake.read(VALUES, ["timestamp"])
    assert rows is not None
    span = pc.min_max(rows["timestamp"]).as_py()
    assert datetime(2025, 10, 24, 22, tzinfo=UTC) <= span["min"]
    assert span["max"] < datetime(2025, 10, 30, 6, tzinfo=UTC)
