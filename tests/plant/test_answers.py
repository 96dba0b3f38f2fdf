"""The right answers are plausible, and agree with what a reader of the files would add up."""

from __future__ import annotations

import itertools
import math
import re
from datetime import datetime
from pathlib import Path

import pytest

import casparian.plant
from casparian.plant.spc_truth import range_constants
from tests.plant.conftest import WrittenPlant
from tests.plant.test_books import csv_rows, workbook_rows


def test_oee_is_believable_and_its_elements_are_whole(plant: WrittenPlant) -> None:
    sums: dict[str, list[float]] = {}
    for entry in plant.truth["oee"]:
        keys = ("pbt_s", "apt_s", "pri_pq_s", "pq", "gq")
        line = sums.setdefault(entry["line_id"], [0.0] * 5)
        line[:] = [total + entry[key] for total, key in zip(line, keys, strict=True)]
    assert len(sums) == 6
    for pbt, apt, pri_pq, pq, gq in sums.values():
        assert 0.75 <= apt / pbt <= 0.97
        assert 0.8 <= pri_pq / apt <= 1.0
        assert 0.95 <= gq / pq <= 0.999


def test_the_long_night_lasts_nine_hours(plant: WrittenPlant) -> None:
    night = [
        entry["pbt_s"]
        for entry in plant.truth["oee"]
        if (entry["line_id"], entry["shift_date"], entry["shift"])
        == ("HAM-BR1", "2025-10-25", "Night")
    ]
    assert night == [2 * 9 * 3600]  # two reactors, no break


def test_a_shift_that_is_all_planned_stop_has_no_ratio(plant: WrittenPlant) -> None:
    empty = [entry for entry in plant.truth["oee"] if entry["pbt_s"] == 0]
    assert [(entry["line_id"], entry["shift"]) for entry in empty] == [("HAM-MC1", "Early")]
    assert all(value is None for key, value in empty[0].items() if key.endswith("_ratio"))


def test_oee_of_one_shift_by_hand(plant: WrittenPlant) -> None:
    start, end = datetime.fromisoformat("2025-10-27T14:00:00+01:00"), datetime.fromisoformat(
        "2025-10-27T22:00:00+01:00"
    )  # fmt: skip
    ideal = {
        (row[0], row[1]): float(row[2])
        for row in csv_rows(plant.exports / "hamburg/master/ideal_cycles_HAM.csv")
    }
    counts = [
        row
        for row in csv_rows(plant.exports / "hamburg/production/production_HAM_20251027.csv")
        if row[1] == "HAM-BR1" and start <= datetime.fromisoformat(row[5]) < end
    ]
    lost = 0.0
    for path in plant.files("downtime"):
        for row in csv_rows(plant.exports / path):
            if row[2] == "HAM-BR1":
                first = max(start, datetime.fromisoformat(row[3]))
                last = min(end, datetime.fromisoformat(row[4]))
                lost += max(0.0, (last - first).total_seconds())
    entry = next(
        e
        for e in plant.truth["oee"]
        if (e["line_id"], e["shift_date"], e["shift"]) == ("HAM-BR1", "2025-10-27", "Late")
    )
    assert entry["pbt_s"] == 2 * 8 * 3600
    assert entry["apt_s"] == 2 * 8 * 3600 - lost
    assert entry["pri_pq_s"] == sum(ideal[row[2], row[4]] * int(row[7]) for row in counts)
    assert entry["gq"] == sum(int(row[8]) for row in counts)
    product = (entry["apt_s"] / entry["pbt_s"]) * (entry["pri_pq_s"] / entry["apt_s"])
    assert entry["oee_ratio"] == pytest.approx(product * entry["gq"] / entry["pq"], abs=1e-12)


def test_downtime_events_of_a_machine_do_not_overlap(plant: WrittenPlant) -> None:
    events: dict[str, list[tuple[datetime, datetime]]] = {}
    total = 0
    for path in plant.files("downtime"):
        for row in csv_rows(plant.exports / path):
            start, end = datetime.fromisoformat(row[3]), datetime.fromisoformat(row[4])
            if start <= end:
                events.setdefault(row[1], []).append((start, end))
                total += 1
    assert total == sum(entry["events"] for entry in plant.truth["downtime"])
    for stops in events.values():
        stops.sort()
        assert all(a[1] < b[0] for a, b in itertools.pairwise(stops))


def test_range_constants_are_those_of_the_tables() -> None:
    assert range_constants(2)[0] == pytest.approx(2 / math.sqrt(math.pi), abs=1e-12)
    assert range_constants(3)[0] == pytest.approx(3 / math.sqrt(math.pi), abs=1e-12)
    d2, d3 = range_constants(5)
    assert (round(d2, 3), round(d3, 4)) == (2.326, 0.8641)


def test_control_limits_from_the_workbooks(plant: WrittenPlant) -> None:
    wanted = ("P-100", "Bore diameter")
    groups: dict[int, list[float]] = {}
    for path in plant.files("quality"):
        for row in workbook_rows(plant.exports / path):
            if row[0].startswith(wanted[0]) and row[5] == wanted[1] and row[9] is not None:
                groups.setdefault(row[2], []).append(row[9])
    whole = [values for _, values in sorted(groups.items()) if len(values) == 5]
    chart = next(
        c for c in plant.truth["spc"] if (c["part_number"], c["feature"]) == wanted
    )  # fmt: skip
    base = whole[: chart["baseline_subgroups"]]
    assert len(base) == 20
    assert chart["center"] == pytest.approx(sum(map(sum, base)) / 100, abs=1e-12)
    mean_range = sum(max(v) - min(v) for v in base) / 20
    assert chart["xbar_ucl"] - chart["center"] == pytest.approx(
        3 * mean_range / (range_constants(5)[0] * math.sqrt(5)), abs=1e-12
    )


def test_the_planted_signals_are_seen(plant: WrittenPlant) -> None:
    for signal in plant.truth["spc_signals"]:
        chart = next(
            c
            for c in plant.truth["spc"]
            if (c["part_number"], c["feature"]) == (signal["part_number"], signal["feature"])
        )
        late = [v for v in chart["violations"] if v["subgroup"] >= signal["first_subgroup"]]
        assert len(late) >= 3


def test_the_truth_knows_nothing_of_the_code_it_judges() -> None:
    folder = Path(casparian.plant.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    imported = set(re.findall(r"^\s*(?:from|import) casparian\.(\w+)", text, re.MULTILINE))
    assert imported == {"plant"}
