"""Capability of the plant's measured features equals the answers of the generator."""

from __future__ import annotations

import pytest

from casparian.lake.capability import characteristics
from tests.conftest import LandedPlant


def test_capability(landed_plant: LandedPlant) -> None:
    right = landed_plant.plant.truth["capability"]
    ours = {(c.part_number, c.feature, c.machine_id): c for c in characteristics(landed_plant.lake)}
    assert len(right) == len(ours) > 10
    for answer in right:
        study = ours[answer["part_number"], answer["feature"], answer["machine_id"]].study
        assert (study.n, study.subgroups) == (answer["n"], answer["subgroups"])
        for name in ("mean", "sigma_within", "sigma_overall", "cp", "cpk", "pp", "ppk", "cpm"):
            assert getattr(study, name) == pytest.approx(answer[name], rel=1e-9), (answer, name)
        assert study.ppm_overall.total == pytest.approx(answer["ppm_overall"], rel=1e-6)
        assert study.ppm_observed.total == pytest.approx(answer["ppm_observed"], rel=1e-12)
