"""The answers for yield, defects, energy and material agree with what stands in the files."""

from __future__ import annotations

from collections import Counter

import pytest

from casparian.plant import scenario
from tests.plant.conftest import WrittenPlant
from tests.plant.test_books import csv_rows


def test_defects_are_the_pieces_that_were_not_good(plant: WrittenPlant) -> None:
    logged: Counter[str] = Counter()
    for path in plant.files("defects"):
        for row in csv_rows(plant.exports / path):
            logged[row[10]] += int(row[6])
    assert logged == Counter(
        {
            line: sum(e["defects"] for e in plant.truth["defects"] if e["line_id"] == line)
            for line in logged
        }
    )
    bad = Counter(
        {
            line: sum(
                int(row[9]) + int(row[10])
                for path in plant.files("production")
                for row in csv_rows(plant.exports / path)
                if row[1] == line
            )
            for line in logged
        }
    )
    assert logged == bad
    assert set(logged) == {"HAM-MC1", "HAM-PK1", "AUS-MC1", "AUS-PK1"}


def test_yields_are_believable_and_steps_multiply(plant: WrittenPlant) -> None:
    entries = plant.truth["yield"]
    assert {entry["steps"] for entry in entries} == {1, 2}
    for entry in entries:
        assert 0.95 < entry["first_pass"] <= entry["final"] < 1
        if entry["steps"] == 1:
            assert entry["rolled"] == pytest.approx(entry["first_pass"])
        elif entry["rolled"] is not None:
            assert entry["rolled"] < entry["first_pass"]


def test_only_the_planted_loss_is_more_than_scales_explain(plant: WrittenPlant) -> None:
    found = [entry for entry in plant.truth["material_balance"] if abs(entry["loss_ratio"]) > 0.005]
    assert [entry["material_id"] for entry in found] == [scenario.LOST_MATERIAL]
    assert found[0]["loss"] == pytest.approx(scenario.LOST_QUANTITY, abs=30)
    places = Counter(entry["location"] for entry in plant.truth["material_balance"])
    assert places == {"WH-RAW": 56, "WH-FG": 56}


def test_energy_adds_up_to_the_meters(plant: WrittenPlant) -> None:
    metered = sum(
        float(row[4]) for path in plant.files("energy") for row in csv_rows(plant.exports / path)
    )
    assert sum(entry["kwh"] for entry in plant.truth["energy"]) == pytest.approx(metered)
    for entry in plant.truth["energy"]:
        assert 0 <= entry["idle_kwh"] <= entry["kwh"] + 1e-9
    lines = {entry["line_id"]: entry for entry in plant.truth["energy_baseline"]}
    assert len(lines) == 6
    assert lines["HAM-MC1"]["r_squared"] > 0.3
    assert lines["HAM-MC1"]["slope"] > 0
