"""Compacting changes no row, and a landing after it knows what was landed before."""

from __future__ import annotations

from pathlib import Path

from casparian.lake.arrivals import land_arrivals
from casparian.lake.compact import compact, compact_table
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.policies import policies
from casparian.lake.store import LEDGER, Lake
from tests.live.agent import Simulator

SAMPLES = "silver_equipment.mtc_samples"


def documents(simulator: Simulator, folder: Path, count: int) -> list[Path]:
    found = []
    for _ in range(count):
        begin = simulator.next
        simulator.many(3)
        path = folder / f"{begin:06}.xml"
        path.write_bytes(simulator.sample(begin, 3, None))
        found.append(path)
    return found


def test_fewer_files_and_the_same_rows(tmp_path: Path) -> None:
    lake, simulator = Lake.at(tmp_path / "lake"), Simulator()
    paths = documents(simulator, tmp_path, 8)
    for path in paths:
        land_arrivals(lake, tmp_path, [path], "live", timezone="UTC")
    before = {address: lake.read(address) for address in lake.addresses()}
    assert set(compact(lake, many=4)) == {SAMPLES, SAMPLES.replace("silver", "bronze"), LEDGER}
    for address, rows in before.items():
        after = lake.read(address)
        assert after is not None and rows is not None
        order = [(name, "ascending") for name in ("_source_hash", "_source_row", "source_hash")]
        by = [each for each in order if each[0] in rows.column_names]
        assert after.sort_by(by) == rows.sort_by(by), address
    table = lake.delta(SAMPLES)
    assert table is not None
    assert len(table.file_uris()) == 1
    assert compact(lake, many=4) == []
    again = land_arrivals(lake, tmp_path, paths, "live", timezone="UTC")
    assert (again.landed, len(again.known)) == ([], 8)
    copy = tmp_path / "again.xml"
    copy.write_bytes(paths[0].read_bytes() + b"\n")
    (row,) = land_arrivals(lake, tmp_path, [copy], "live", timezone="UTC").landed
    assert (row["records_read"], row["records_duplicate"]) == (3, 3)
    assert not not_closed(Ledger(lake).rows())


def test_what_lies_by_key_is_known_when_it_comes_again(tmp_path: Path) -> None:
    lake, simulator = Lake.at(tmp_path / "lake"), Simulator()
    paths = documents(simulator, tmp_path, 8)
    for path in paths:
        land_arrivals(lake, tmp_path, [path], "live", timezone="UTC")
    key = policies(lake)[SAMPLES].key
    assert key == ("instance_id", "sequence", "device_uuid")
    assert compact_table(lake, SAMPLES, 1 << 20, worth=1, by=key)
    for path in paths:
        path.write_bytes(path.read_bytes() + b"\n")
    for row in land_arrivals(lake, tmp_path, paths, "live", timezone="UTC").landed:
        assert (row["records_read"], row["records_duplicate"]) == (3, 3)


def test_keys_with_a_time_are_left_in_the_order_of_their_coming(tmp_path: Path) -> None:
    kept = policies(Lake.at(tmp_path / "lake"))
    assert kept["silver_equipment.historian_values"].key == ()
    assert kept["silver_equipment.downtime_events"].key == (), "one column, that counts upwards"
    assert kept["silver_quality.spc_measurements"].key[:2] == ("source_format", "part_number")
    assert kept[SAMPLES.replace("silver", "bronze")].key == ()
