"""Every promised fault stands in the exports, where and as the truth says."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from lxml import etree

from casparian.plant.mtconnect_items import NAMESPACE
from tests.plant.conftest import WrittenPlant
from tests.plant.test_books import csv_rows, observations_of

PROMISED = {
    "sensor_offline", "duplicate_window", "duplicate_tail", "clock_back", "damaged_record",
    "damaged_file", "utf16", "dst_night", "end_before_start", "good_above_total",
    "missing_actual", "missing_result", "mean_shift", "trend", "bearing_failure",
    "mtconnect_agent_restart", "mtconnect_clock_step", "bad_timestamp", "missing_tag",
    "material_loss",
}  # fmt: skip
REASONS = {
    "Missing value", "Missing tag_name", "Bad timestamp", "Quality Bad", "Not a number",
    "Sensor offline", "Clock went back", "Damaged record", "Damaged file", "End before start",
    "Good count above total count", "Missing actual", "Missing result",
}  # fmt: skip


def test_four_days_hold_every_fault(plant: WrittenPlant) -> None:
    assert {fault["kind"] for fault in plant.truth["faults"]} == PROMISED
    reasons = {entry["reason"] for entry in plant.truth["quarantine"]}
    limits = {r for r in reasons if r.startswith(("Below min (", "Above max ("))}
    assert reasons - limits == REASONS
    assert {"Below min (0)", "Above max (150)"} <= limits


def test_the_offline_sensor_logs_zeros_as_good_for_one_hour(plant: WrittenPlant) -> None:
    offline = plant.truth["offline"]
    assert (offline["start"], offline["end"]) == (
        "2025-10-28T02:00:00.000Z", "2025-10-28T03:00:00.000Z",
    )  # fmt: skip
    rows = csv_rows(plant.exports / offline["file"])
    zeros = [r for r in rows if r[1] == offline["tag"] and r[2] == "0.00" and r[3] == "Good"]
    assert len(zeros) == offline["count"] == plant.rejected("sensor_offline", offline["file"])
    assert all(row[0].startswith("2025-10-28 03:") for row in zeros)
    near = [r for r in rows if r[1] == offline["tag"] and r[0].startswith("2025-10-28 03:")]
    assert near == zeros


def test_no_other_tag_that_cannot_rest_at_zero_shows_one(plant: WrittenPlant) -> None:
    never_zero = {
        row[0]
        for site in ("HAM", "AUS")
        for row in csv_rows(
            plant.exports / f"{'hamburg' if site == 'HAM' else 'austin'}/master/tag_list_{site}.csv"
        )
        if row[5] == "false"
    }
    legitimate = 0
    for path in plant.files("historian"):
        for row in csv_rows(plant.exports / path):
            if len(row) != 4 or row[2].replace(",", ".").strip("0") not in ("", "."):
                continue
            if row[2] == "":
                continue
            if row[1] in never_zero:
                assert (row[1], path) == (
                    plant.truth["offline"]["tag"],
                    plant.truth["offline"]["file"],
                )
            else:
                legitimate += 1
    assert legitimate > 1000


def test_clock_goes_back_as_often_as_the_truth_says(plant: WrittenPlant) -> None:
    note = plant.truth["clock_back"]
    latest: dict[str, str] = {}
    back = 0
    for row in csv_rows(plant.exports / note["file"]):
        if row[3] == "Bad" or row[2] in ("", "#####") or row[2].startswith("-999"):
            continue
        back += row[0] <= latest.get(row[1], "")
        latest[row[1]] = max(row[0], latest.get(row[1], ""))
    assert back == note["count"] == plant.rejected("clock_back") > 10
    assert plant.truth["files"][note["file"]]["duplicate"] == 0


def test_half_an_hour_is_there_twice_and_a_tail_comes_again(plant: WrittenPlant) -> None:
    kinds = {fault["kind"]: fault["file"] for fault in plant.truth["faults"]}
    rows = csv_rows(plant.exports / kinds["duplicate_window"])
    copies = len(rows) - len({tuple(row) for row in rows})
    twice = [row for row in rows if "10:00:00" <= row[0][11:19] < "10:30:00"]
    assert copies == len(twice) // 2 > 100
    bad_again = copies - plant.truth["files"][kinds["duplicate_window"]]["duplicate"]
    assert 0 <= bad_again < 5
    before = csv_rows(plant.exports / kinds["duplicate_tail"].replace("20251028", "20251027"))
    after = csv_rows(plant.exports / kinds["duplicate_tail"])
    repeated = next(n for n in range(len(after)) if after[n][0] > before[-1][0])
    assert after[:repeated] == before[-repeated:]
    assert plant.truth["files"][kinds["duplicate_tail"]]["duplicate"] == repeated > 20


def test_the_night_of_the_clock_change_has_one_hour_twice(plant: WrittenPlant) -> None:
    dst = plant.truth["dst"]
    assert dst["changes_at"] == "2025-10-26T01:00:00.000Z"
    assert len(dst["files"]) == 3
    for night in dst["files"]:
        rows = csv_rows(plant.exports / night["file"])
        times = [row[0] for row in rows]
        falls = [i for i in range(1, len(times)) if times[i] < times[i - 1]]
        assert len(falls) == 1
        hour = [i for i, time in enumerate(times) if time[11:13] == "02"]
        assert sum(i < falls[0] for i in hour) == night["first_pass"] > 100
        assert sum(i >= falls[0] for i in hour) == night["second_pass"] > 100
        assert plant.truth["files"][night["file"]]["duplicate"] == 0


def test_utf16_file_has_decimal_commas(plant: WrittenPlant) -> None:
    path = next(f["file"] for f in plant.truth["faults"] if f["kind"] == "utf16")
    raw = (plant.exports / path).read_bytes()
    assert raw[:2] == b"\xff\xfe"
    first = raw.decode("utf-16").split("\r\n")[1].split(";")
    assert datetime.strptime(first[0], "%d.%m.%Y %H:%M:%S,%f") == datetime(
        2025, 10, 27, *map(int, first[0][11:19].split(":")), int(first[0][20:]) * 1000
    )
    float(first[2].replace(",", "."))


def test_the_agent_restarts_with_everything_unavailable(plant: WrittenPlant) -> None:
    restart = plant.truth["mtconnect"]["restart"]
    found = observations_of(plant.exports / restart["file"])
    first = [one for one in found if int(one.get("sequence")) <= 19]
    names = {etree.QName(one).localname for one in first if one.text != "UNAVAILABLE"}
    assert names == {"Unavailable"}
    header = found[0].getroottree().find(f"{{{NAMESPACE}}}Header")
    assert int(header.get("instanceId")) == restart["instance_id"]
    assert restart["instance_id"] > restart["previous_instance_id"]


def test_time_falls_once_in_the_stream_with_the_clock_step(plant: WrittenPlant) -> None:
    step = plant.truth["mtconnect"]["clock_step"]
    falls = []
    for path in plant.files("mtconnect"):
        if plant.truth["files"][path]["quarantined"]:
            continue
        found = sorted(observations_of(plant.exports / path), key=lambda o: int(o.get("sequence")))
        for before, after in itertools.pairwise(found):
            if after.get("timestamp") < before.get("timestamp"):
                falls.append((path, int(after.get("sequence"))))
    assert falls == [(step["file"], step["sequence"])]


def test_the_bearing_warns_and_fails(plant: WrittenPlant) -> None:
    bearing = plant.truth["bearing"]
    failed = datetime.fromisoformat(bearing["failed_at"])
    assert all(datetime.fromisoformat(alarm["at"]) < failed for alarm in bearing["alarms"])
    values: list[tuple[datetime, float]] = []
    for path in plant.files("historian"):
        if "AUS-MC1" in path:
            for row in csv_rows(plant.exports / path):
                if row[1] == bearing["tag"] and row[3] != "Bad" and row[2] not in ("", "#####"):
                    value = float(row[2])
                    if 0.5 < value <= 45 and not row[0][11:].startswith("25:61"):
                        values.append((datetime.fromisoformat(row[0]), value))
    hour = timedelta(hours=4)
    last = [value for at, value in values if failed - hour <= at < failed]
    early = [value for at, value in values if at < failed - timedelta(days=2)]
    repaired = datetime.fromisoformat(bearing["repaired_at"])
    after = [value for at, value in values if at > repaired]
    assert sum(last) / len(last) > 5 * sum(early) / len(early)
    assert sum(after) / len(after) < 3
    log = [row for path in plant.files("downtime") for row in csv_rows(plant.exports / path)]
    assert [row[6] for row in log if row[0] == bearing["downtime_event_id"]] == ["Bearing failure"]
    orders = csv_rows(plant.exports / "austin/maintenance/maintenance_AUS.csv")
    assert any(bearing["downtime_event_id"] in row[5] for row in orders)
