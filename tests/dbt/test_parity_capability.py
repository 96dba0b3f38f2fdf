"""fct_capability is casparian.kpi.capability in SQL: both on the same rows."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import pytest

from casparian.kpi.capability import Capability, Method, capability
from tests.dbt import small_lake
from tests.dbt.conftest import Lake
from tests.dbt.rows_capability import PART

pytestmark = pytest.mark.spark

Key = tuple[str, str, str, str]
KEY = ("source_format", "part_number", "feature", "machine_id")
FIGURES = (
    "mean", "sigma_within", "sigma_overall", "cp", "cpl", "cpu", "cpk", "pp", "ppl", "ppu", "ppk",
    "cpm",
)  # fmt: skip


def key_of(row: dict[str, Any]) -> Key:
    return row["source_format"], row["part_number"], row["feature"], row["machine_id"] or ""


@pytest.fixture(scope="module")
def mart(built: Lake) -> dict[Key, dict[str, Any]]:
    return {key_of(row): row for row in built.gold("quality", "fct_capability")}


@pytest.fixture(scope="module")
def expected(built: Lake) -> dict[Key, Capability]:
    counted = [
        row
        for row in small_lake.tables()["silver_quality.spc_measurements"]
        if (row.get("quality") or "Good") == "Good" and row["actual"] is not None
    ]
    charts = built.gold("quality", "fct_spc_points")
    broken: dict[Key, set[str]] = {}
    for point in charts:
        rules = {rule for rule in point["rules"].split(",") if rule}
        broken.setdefault(key_of(point), set()).update(rules)
    groups = groupby(sorted(counted, key=key_of), key_of)
    return {key: judged(list(rows), broken[key]) for key, rows in groups}


def in_time(row: dict[str, Any]) -> tuple[bool, str, bool, int]:
    at, sample = row["measured_at"], row.get("sample")
    return at is None, str(at or ""), sample is None, sample or 0


def judged(rows: list[dict[str, Any]], rules: set[str]) -> Capability:
    """By the library, with the method that the control chart's kind says."""
    last = max(rows, key=lambda r: (str(r["measured_at"] or ""), r.get("sample") or 0))
    # individuals stand in the order of time; sorting keeps that of the file
    rows = sorted(rows, key=in_time)
    labels = [row["subgroup"] for row in rows]
    values = np.array([row["actual"] for row in rows])
    given = {"target": last["nominal"], "rules": sorted(rules)}
    if None in labels:
        return capability(values, last["lsl"], last["usl"], **given)
    size = max(labels.count(label) for label in labels)
    method: Method = "range" if size <= 10 else "s"
    return capability(
        values, last["lsl"], last["usl"], labels=np.array(labels), method=method, **given
    )


def test_every_characteristic_is_there(
    mart: dict[Key, dict[str, Any]], expected: dict[Key, Capability]
) -> None:
    assert set(mart) == set(expected) | {("cmm", PART, "planned", "")}
    features = {key[2] for key in mart if key[1] == PART}
    assert features >= {"micron", "large", "flatness", "outside", "constant", "single", "far"}


def test_figures_are_those_of_the_library(
    mart: dict[Key, dict[str, Any]], expected: dict[Key, Capability]
) -> None:
    for key, study in expected.items():
        row = mart[key]
        counts = (row["n"], row["subgroups"], row["method"], row["distribution"])
        assert counts == (study.n, study.subgroups, study.method, study.distribution), key
        for name in FIGURES:
            wanted = getattr(study, name)
            assert row[name] == (None if wanted is None else pytest.approx(wanted, rel=1e-9)), (
                key, name,
            )  # fmt: skip
        assert (row["missing"] or "") == "; ".join(study.missing), key


def test_expected_and_observed_ppm(
    mart: dict[Key, dict[str, Any]], expected: dict[Key, Capability]
) -> None:
    for key, study in expected.items():
        row = mart[key]
        for name, ppm in (
            ("ppm_within", study.ppm_within), ("ppm_overall", study.ppm_overall),
            ("ppm_observed", study.ppm_observed),
        ):  # fmt: skip
            # an index that differs in its 13th digit moves a tail at 30 sigmas in its 10th
            assert row[name] == (
                None if ppm.total is None else pytest.approx(ppm.total, rel=1e-9, abs=1e-100)
            ), (key, name)


def test_stability_is_that_of_the_chart(
    mart: dict[Key, dict[str, Any]], expected: dict[Key, Capability]
) -> None:
    for key, study in expected.items():
        assert mart[key]["rules"] == ",".join(study.rules or ()), key
        assert mart[key]["stable"] is study.stable, key
    bore = mart["cmm", "P-1", small_lake.BORE, "M1"]
    assert (bore["stable"], bore["violations"]) == (False, 1)


def test_what_files_state_stands_beside(mart: dict[Key, dict[str, Any]]) -> None:
    outside = mart["cmm", PART, "outside", ""]
    assert (outside["stated_study"], outside["stated_cpk"]) == ("report 1", -0.3)
    planned = mart["cmm", PART, "planned", ""]
    assert (planned["n"], planned["stated_cpk"], planned["missing"]) == (
        0, 1.4, "no measured values",
    )  # fmt: skip
    assert mart["cmm", PART, "micron", ""]["stated_study"] is None
    assert planned["_source_rows"]
