"""The control charts of the marts are those of casparian.kpi.spc, on the same rows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from casparian.kpi import spc
from casparian.kpi.factors import sizes_factors
from casparian.lake.explain import records
from tests.dbt import rows_spc, small_lake
from tests.dbt.conftest import Lake

pytestmark = pytest.mark.spark

CHARTS = [
    ("cmm", small_lake.BORE, "xbar_r"),
    ("cmm", small_lake.WIDTH, "xbar_r"),
    ("qif", rows_spc.UNEQUAL, "xbar_r"),
    ("aqdef", rows_spc.TWIN, "xbar_r"),
    ("qif", rows_spc.LARGE, "xbar_s"),
    ("qif", rows_spc.HUGE, "xbar_s"),
    ("qif", rows_spc.SINGLE, "i_mr"),
    ("qif", rows_spc.TREND, "i_mr"),
    ("qif", rows_spc.LONELY, "i_mr"),
]
SPREADS = {"xbar_r": ("range", "R1"), "xbar_s": ("s", "S1"), "i_mr": ("range", "MR1")}


def of(rows: list[dict[str, Any]], source_format: str, feature: str) -> list[dict[str, Any]]:
    return [r for r in rows if (r["source_format"], r["feature"]) == (source_format, feature)]


def subgroups(source_format: str, feature: str) -> spc.Subgroups:
    """The subgroups of a chart by the library; individuals in time, those without at the end."""
    rows = of(small_lake.spc_measurements() + rows_spc.spc_measurements(), source_format, feature)
    if rows[0]["subgroup"] is not None:
        return spc.subgroups_of([r["actual"] for r in rows], [r["subgroup"] for r in rows])
    end = small_lake.at("00:00", 30)
    rows.sort(key=lambda r: (r["measured_at"] or end, r["sample"]))
    return spc.individuals([r["actual"] for r in rows])


def number(value: float | None) -> float:
    return float("nan") if value is None else value


def near(values: Any) -> Any:
    return pytest.approx(np.asarray(values), rel=1e-11, nan_ok=True)


@pytest.mark.parametrize(("source_format", "feature", "chart"), CHARTS)
def test_limits_are_those_of_the_library(
    built: Lake, source_format: str, feature: str, chart: spc.ChartKind
) -> None:
    expected = spc.variables_limits(subgroups(source_format, feature), chart)
    (row,) = of(built.gold("quality", "spc_control_limits"), source_format, feature)
    assert row["chart"] == chart == spc.chart_of_size(int(expected.subgroup_size[0]))
    assert row["subgroup_size"] == expected.subgroup_size[0]
    assert row["baseline_subgroups"] == expected.baseline[0]
    assert row["center"] == pytest.approx(expected.center[0], rel=1e-13)
    assert number(row["sigma"]) == near(expected.sigma[0])
    assert (row["missing"] or "") == expected.missing[0]
    size = 2 if chart == "i_mr" else expected.subgroup_size[0]
    factors = sizes_factors(np.array([size]))
    unit = factors.c4 if chart == "xbar_s" else factors.d2
    spread = SPREADS[chart][0]
    assert number(row[f"{spread}_center"]) == near(unit[0] * expected.sigma[0])


@pytest.mark.parametrize(("source_format", "feature", "chart"), CHARTS)
def test_points_are_those_of_the_library(
    built: Lake, source_format: str, feature: str, chart: spc.ChartKind
) -> None:
    found = subgroups(source_format, feature)
    expected = spc.control_points(found, spc.variables_limits(found, chart))
    rows = of(built.gold("quality", "fct_spc_points"), source_format, feature)
    rows.sort(key=lambda r: r["position"])
    assert [r["position"] for r in rows] == [*range(1, len(found) + 1)]
    spread, name = SPREADS[chart]
    figures = {
        "n": expected.size, "xbar": expected.value, "center": expected.center,
        "xbar_ucl": expected.ucl, "xbar_lcl": expected.lcl, "sigma_xbar": expected.sigma,
        f"{spread}_value": expected.spread,
    }  # fmt: skip
    for column, values in figures.items():
        assert [number(r[column]) for r in rows] == near(values), column
    known = ~np.isnan(expected.spread)
    for column in ("ucl", "lcl"):
        limit = np.where(known, getattr(expected, f"spread_{column}"), np.nan)
        assert [number(r[f"{spread}_{column}"]) for r in rows] == near(limit), column
    for rules in spc.RULE_SETS.values():
        broken = expected.violations(rules)
        names = [
            ",".join(rule for rule in rules.names if at in broken[rule]) for at in range(len(rows))
        ]
        assert [r[rules.name] for r in rows] == names
    beyond = set(expected.spread_violations().tolist())
    marks = [name if at in beyond else "" for at in range(len(rows))]
    assert [r["spread_rule"] for r in rows] == marks
    zone = [("C", "B", "A", "beyond", None)[lines] for lines in expected.zone]
    assert [r["zone"] for r in rows] == zone


def test_rules_of_both_sets_are_broken_on_these_rows(built: Lake) -> None:
    rows = built.gold("quality", "fct_spc_points")
    found = {rule for r in rows for name in spc.RULE_SETS for rule in r[name].split(",")}
    assert {"WE1", "WE2", "WE3", "WE4", "N1", "N2", "N3", "N5", "N6"} <= found


def test_measuring_systems_are_told_apart(built: Lake) -> None:
    rows = built.gold("quality", "spc_control_limits")
    same = {(r["source_format"], r["chart"]) for r in rows if r["feature"] == rows_spc.TWIN}
    assert same == {("qif", "xbar_r"), ("aqdef", "xbar_r")}


def test_individuals_have_no_subgroup_and_an_unknown_machine(built: Lake) -> None:
    rows = of(built.gold("quality", "fct_spc_points"), "qif", rows_spc.SINGLE)
    assert {(r["subgroup"], r["machine_id"]) for r in rows} == {(None, "")}
    untimed = [r["position"] for r in rows if r["measured_at"] is None]
    assert sorted(untimed) == [49, 50]


def test_every_point_leads_to_its_measurements(built: Lake) -> None:
    known: dict[tuple[Any, ...], set[tuple[str, int]]] = defaultdict(set)
    source = small_lake.source_hash("spc_measurements")
    for number, row in enumerate(small_lake.tables()["silver_quality.spc_measurements"], 1):
        if (row.get("quality") or "Good") == "Good":
            known[subgroup_of(row)].add((source, number))
    points = built.gold("quality", "fct_spc_points")
    for point in points:
        named = {one for place in point["_source_rows"] for one in records(place)}
        if point["subgroup"] is None:
            assert len(named) == 1 and named <= known[subgroup_of(point)]
        else:
            assert named == known[subgroup_of(point)]
    named_as = {
        ("-" in place, len(p["_source_rows"]) > 1) for p in points for place in p["_source_rows"]
    }
    assert {(True, False), (True, True), (False, True)} <= named_as, "runs, broken runs, one by one"


def subgroup_of(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("source_format", "part_number", "feature", "subgroup")
    return (*(row.get(name) for name in names), row.get("machine_id") or "")


def test_versions_of_a_specification(built: Lake) -> None:
    rows = built.gold("quality", "dim_characteristic")
    versions = sorted(of(rows, "qif", rows_spc.RESPECIFIED), key=lambda r: r["version"])
    assert [(v["usl"], v["valid_from"], v["valid_to"]) for v in versions] == [
        (12.0, small_lake.at("06:00", 3), small_lake.at("06:00", 5)),
        (11.0, small_lake.at("06:00", 5), None),
    ]
    (planned,) = of(rows, "qif", "Never measured")
    assert (planned["valid_from"], planned["criticality"]) == (None, "MINOR")
    (key,) = of(rows, "qif", rows_spc.UNEQUAL)
    assert (key["criticality"], key["units"], key["nominal"]) == ("KEY", "mm", 10.0)
