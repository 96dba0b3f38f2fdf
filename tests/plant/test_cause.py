"""The planted quality shift has a cause, and the historian shows it."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from casparian.plant.cause import cause_truth
from casparian.plant.cmm import FEATURES, measurements_of
from casparian.plant.lines import SITES
from casparian.plant.site import run_site
from tests.plant.conftest import DAYS, SEED, WrittenPlant


def readings(plant: WrittenPlant, tag: str) -> tuple[list[datetime], np.ndarray]:
    """Good readings of a tag of HAM-MC1, whose files have offset and point."""
    found = []
    for path in plant.files("historian"):
        if "HAM-MC1" in path:
            lines = (plant.exports / path).read_text(encoding="utf-8").splitlines()
            rows = (line.split(",") for line in lines[1:])
            found += [row for row in rows if len(row) > 3 and row[1] == tag and "Good" in row]
    kept = [(row[0], row[2]) for row in found if row[2].replace(".", "", 1).isdigit()]
    return [datetime.fromisoformat(at) for at, _ in kept], np.array([float(v) for _, v in kept])


def test_the_coolant_warms_up_before_the_first_part_that_is_too_wide(plant: WrittenPlant) -> None:
    cause = plant.truth["quality_cause"]
    (signal,) = [s for s in plant.truth["spc_signals"] if s["kind"] == "mean_shift"]
    assert cause["first_subgroup"] == signal["first_subgroup"]
    assert (cause["part_number"], cause["feature"]) == (signal["part_number"], signal["feature"])
    at, values = readings(plant, cause["tag"])
    since = datetime.fromisoformat(cause["starts_at"]).timestamp()
    seconds = np.array([instant.timestamp() for instant in at])
    before, after = values[seconds < since], values[seconds > since + 3600]
    assert len(before) > 50 and len(after) > 20
    assert np.percentile(before, 99) < 31 and np.percentile(after, 90) > 38
    assert np.percentile(after, 90) - np.percentile(before, 90) > 0.7 * cause["rise"]


def test_the_shift_is_what_aluminium_grows_by() -> None:
    bore = next(f for f in FEATURES["P-100"] if f.name == "Bore diameter")
    cause = next(
        c for c in (cause_truth(measurements_of(run_site(s, DAYS, SEED))) for s in SITES) if c
    )
    assert cause["shift"] == 1.5 * bore.sigma
    assert abs(24.0 * 23e-6 * float(str(cause["rise"])) - 1.5 * bore.sigma) < 1e-4


def test_a_plant_too_short_for_the_shift_has_no_cause() -> None:
    assert all(cause_truth(measurements_of(run_site(site, 2, SEED))) is None for site in SITES)
