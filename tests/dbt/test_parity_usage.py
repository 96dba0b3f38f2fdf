"""The marts of yield, defects, energy and material mirror casparian.kpi: both on the same rows."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from casparian.kpi import energy, material, pareto, yields
from casparian.kpi.intervals import microseconds
from tests.dbt import rows_usage, small_lake
from tests.dbt.conftest import Lake
from tests.dbt.small_lake import MONDAY

pytestmark = pytest.mark.spark

SHIFTS = small_lake.shift_calendar()
COUNTS = small_lake.tables()["silver_production.production_counts"]


def us(instants: list[Any]) -> Any:
    bare = [instant.replace(tzinfo=None) for instant in instants]
    return microseconds(np.array(bare, "datetime64[us]"))


def day_of(line: str | None, instant: datetime) -> tuple[date, str | None]:
    """Production day and shift that hold an instant; else the UTC day."""
    for shift in small_lake.tables()["silver_production.shift_calendar"]:
        if shift["line_id"] == line and shift["starts_at"] <= instant < shift["ends_at"]:
            return shift["shift_date"], shift["shift"]
    return instant.date(), None


def close(value: float | None) -> Any:
    nothing = value is None or bool(np.isnan(value))
    return None if nothing else pytest.approx(value, rel=1e-12, abs=1e-12)


def test_yields_are_those_of_the_library(built: Lake) -> None:
    groups: dict[tuple[Any, ...], list[small_lake.Row]] = defaultdict(list)
    for row in COUNTS:
        day, _ = day_of(row["line_id"], row["interval_start"])
        groups[row["line_id"], row["product_id"], day].append(row)
    found = {
        (row["line_id"], row["product_id"], row["shift_date"]): row
        for row in built.gold("quality", "fct_yield")
    }
    assert found.keys() == groups.keys()
    step_of = {(r["product_id"], r["machine_id"]): r["step"] for r in rows_usage.routes()}
    for key, rows in groups.items():
        names = ("total_count", "good_count", "scrap_count", "rework_count")
        made = yields.Quantities.of(*([sum(row[name] for row in rows)] for name in names))
        expected, got = yields.yields(made), found[key]
        assert got["first_pass_yield_ratio"] == close(expected.first_pass[0])
        assert got["final_yield_ratio"] == close(expected.final[0])
        assert got["scrap_ratio"] == close(expected.scrap[0])
        assert got["rework_ratio"] == close(expected.rework[0])
        assert (got["missing"] or "") == expected.missing[0]
        steps = sorted({step for (product, _), step in step_of.items() if product == key[1]})
        steps = steps if key[0] == "L1" else []  # L2 stands on no route
        ratios = []
        for step in steps:
            own = [row for row in rows if step_of[row["product_id"], row["machine_id"]] == step]
            total, good = (sum(row[name] for row in own) for name in names[:2])
            ratios.append(good / total if total else np.nan)
        route = yields.rolled(ratios, steps)
        assert got["step_count"] == route.steps
        assert got["rolled_throughput_yield_ratio"] == close(route.rolled)
        assert got["normalised_yield_ratio"] == close(route.normalised)
        assert (got["route_missing"] or "") == route.missing


def test_defect_rates_are_those_of_the_library(built: Lake) -> None:
    found: dict[tuple[Any, ...], float] = defaultdict(float)
    for row in rows_usage.defects():
        found[
            row["line_id"], row["part_number"], day_of(row["line_id"], row["detected_at"])[0]
        ] += row["count"]
    logged = {(line, day) for line, _, day in found}
    ways = {row["product_id"]: row["opportunities"] for row in rows_usage.products()}
    step_of = {(r["product_id"], r["machine_id"]): r["step"] for r in rows_usage.routes()}
    units: dict[tuple[Any, ...], dict[Any, float]] = defaultdict(lambda: defaultdict(float))
    for row in COUNTS:
        day, _ = day_of(row["line_id"], row["interval_start"])
        step = step_of.get((row["product_id"], row["machine_id"]))
        units[row["line_id"], row["product_id"], day][step] += row["total_count"]
    said = set()
    for row in built.gold("quality", "fct_yield"):
        key = line, product, day = row["line_id"], row["product_id"], row["shift_date"]
        defects = found.get(key, 0.0 if (line, day) in logged else np.nan)
        by_step = units[key]
        made = sum(by_step.values()) if None in by_step else max(by_step.values())
        expected = yields.defect_rates([defects], [made], [ways.get(product, np.nan)])
        assert row["unit_count"] == made
        for name, figure in (
            ("defect_count", [defects]), ("defects_per_unit", expected.dpu),
            ("defects_per_opportunity", expected.dpo), ("defects_per_million", expected.dpmo),
            ("throughput_yield_ratio", expected.throughput_yield),
        ):  # fmt: skip
            assert row[name] == close(figure[0]), (key, name)
        assert (row["defects_missing"] or "") == expected.missing[0].replace(
            yields.NO_FINITE_SIGMA, ""
        )
        said.add(row["defects_missing"])
    assert said >= {
        None, "number of defects unknown", yields.NO_OPPORTUNITIES,
        yields.DEFECTS_ABOVE_OPPORTUNITIES,
    }  # fmt: skip


def test_defects_are_those_of_the_library(built: Lake) -> None:
    groups: dict[tuple[Any, ...], list[small_lake.Row]] = defaultdict(list)
    for row in rows_usage.defects():
        day, _ = day_of(row["line_id"], row["detected_at"])
        groups[row["line_id"], row["part_number"], day].append(row)
    rows = built.gold("quality", "fct_defects")
    assert {(r["line_id"], r["part_number"], r["shift_date"]) for r in rows} == groups.keys()
    for key, own in groups.items():
        expected = pareto.ranked([r["defect_code"] for r in own], [r["count"] for r in own])
        got = [r for r in rows if (r["line_id"], r["part_number"], r["shift_date"]) == key]
        got.sort(key=lambda r: (-r["defect_count"], r["defect_code"]))
        assert tuple(r["defect_code"] for r in got) == expected.label
        assert [r["defect_count"] for r in got] == expected.weight.tolist()
        assert [r["share_ratio"] for r in got] == pytest.approx(expected.share_ratio.tolist())
        running = expected.cumulative_ratio.tolist()
        assert [r["cumulative_ratio"] for r in got] == pytest.approx(running)


def test_rates_of_defect_codes_are_those_of_the_library(built: Lake) -> None:
    """And those of a part's codes add up to its DPMO."""
    of_part = {
        (r["line_id"], r["product_id"], r["shift_date"]): r
        for r in built.gold("quality", "fct_yield")
    }
    added: dict[tuple[Any, ...], float] = defaultdict(float)
    said = set()
    for row in built.gold("quality", "fct_defects"):
        key = row["line_id"], row["part_number"], row["shift_date"]
        part = of_part.get(key, {})
        known = [part.get(name) for name in ("unit_count", "opportunities")]
        units, ways = (np.nan if value is None else value for value in known)
        expected = yields.defect_rates([row["defect_count"]], [units], [ways])
        for name, value in (
            ("defects_per_unit", expected.dpu), ("defects_per_opportunity", expected.dpo),
            ("defects_per_million", expected.dpmo),
        ):  # fmt: skip
            assert row[name] == close(value[0]), (key, name)
        assert (row["rate_missing"] or "") == expected.missing[0].replace(
            yields.NO_FINITE_SIGMA, ""
        )
        said.add(row["rate_missing"])
        added[key] += row["defects_per_million"] or 0.0
    assert {None, "number of units unknown"} <= said
    for key, dpmo in added.items():
        if key in of_part:
            assert (of_part[key]["defects_per_million"] or 0.0) == pytest.approx(dpmo)


def test_energy_of_metered_shifts_is_that_of_the_library(built: Lake) -> None:
    rows = {
        (row["line_id"], row["shift_date"], row["shift"]): row
        for row in built.gold("production", "fct_energy")
    }
    readings = [r for r in rows_usage.energy_readings() if r["meter_id"] == "E1"]
    start, end = (
        us([r["interval_start"] for r in readings]),
        us([r["interval_end"] for r in readings]),
    )
    kwh = np.array([r["energy_kwh"] for r in readings])
    counts = [r for r in COUNTS if r["line_id"] == "L1"]
    busy = np.zeros(len(readings), dtype=bool)
    starts, ends = (
        us([c["interval_start"] for c in counts]),
        us([c["interval_end"] for c in counts]),
    )
    for first, last in zip(starts, ends, strict=True):
        busy |= (start < last) & (first < end)
    for shift in SHIFTS:
        first, last = us([shift["starts_at"], shift["ends_at"]])
        own = energy.shared_by_time(start, end, kwh, first, last)
        got = rows["L1", shift["shift_date"], shift["shift"]]
        assert got["energy_kwh"] == close(own.sum())
        assert got["idle_kwh"] == close(energy.idle_energy(own, busy.astype(float)))
        touched = (start < last) & (first < end)
        peak = energy.peak(kwh[touched], (end - start)[touched] / 3.6e9)
        assert got["peak_kw"] == close(peak.kilowatt)
        place = shift["shift_date"], shift["shift"]
        good = sum(c["good_count"] for c in counts if day_of("L1", c["interval_start"]) == place)
        ratio, why = energy.per_unit([own.sum()], [good])
        assert got["energy_per_good_kwh"] == close(ratio[0])
        assert (got["missing"] or "") == why[0]
    rest = rows["L1", date(2025, 3, 4), None]
    assert (rest["energy_kwh"], rest["metered_s"]) == (2.25, 1800.0)


def test_counters_are_those_of_the_library(built: Lake) -> None:
    readings = [r for r in rows_usage.energy_readings() if r["meter_id"] == "E2"]
    expected = energy.consumption(
        us([r["interval_start"] for r in readings]), [r["counter_kwh"] for r in readings]
    )
    assert expected.missing[3] == energy.RESET
    (row,) = [r for r in built.gold("production", "fct_energy") if r["line_id"] == "L2"]
    assert (row["energy_kwh"], row["missing"]) == (None, energy.RESET)
    assert row["peak_kw"] == np.nanmax(expected.kwh)
    assert row["metered_s"] == 4 * 3600


def test_the_baseline_is_that_of_the_library(built: Lake) -> None:
    points = [r for r in built.gold("production", "fct_energy") if r["line_id"] == "L1"]
    hours = np.array([r["metered_s"] for r in points]) / 3600
    kwh = np.array([r["energy_kwh"] for r in points])
    expected = energy.baseline(kwh / hours, np.array([r["total_quantity"] for r in points]) / hours)
    base = energy.base_load(kwh, hours)
    (got,) = [r for r in built.gold("production", "energy_baseline") if r["line_id"] == "L1"]
    assert got["point_count"] == expected.n == 5
    for name, value in (
        ("energy_per_unit_kwh", expected.slope), ("model_base_load_kw", expected.intercept),
        ("r_squared", expected.r_squared), ("base_load_kw", base.kilowatt),
        ("base_load_ratio", base.share_ratio),
    ):  # fmt: skip
        assert got[name] == pytest.approx(value, rel=1e-9), name
    assert (got["missing"] or "") == expected.missing


def test_balances_are_those_of_the_library(built: Lake) -> None:
    """Steel in three periods and one before and after; boxes in differing units; nothing at all."""
    flows = material.Flows.of(
        [500, 548, 430], received=[2000, 0, 0], issued=[1900, 0, 0], scrapped=[40, 0, 0],
        moved_out=[0, 48, 0],
    )  # fmt: skip
    expected = material.balance(flows, [548, 430, np.nan], tolerance=0.005)
    rows = sorted(
        (r for r in built.gold("materials", "fct_material_balance")
         if (r["material_id"], r["location"]) == ("Steel", "WH")),
        key=lambda r: r["period_start"],
    )  # fmt: skip
    assert [r["period_start"].day for r in rows] == [3, 4, 5]
    for i, row in enumerate(rows):
        assert row["expected_quantity"] == close(expected.expected[i])
        assert row["loss_quantity"] == close(expected.loss[i])
        assert row["loss_ratio"] == close(expected.loss_ratio[i])
        assert row["within_tolerance"] == bool(expected.within[i])
        assert (row["missing"] or "") == expected.missing[i]
    assert [r["within_tolerance"] for r in rows] == [True, False, False]


def test_balances_that_cannot_be_drawn_say_why(built: Lake) -> None:
    rows = {
        (r["material_id"], r["location"], r["period_start"] and r["period_start"].day): r
        for r in built.gold("materials", "fct_material_balance")
    }
    assert rows["Boxes", "WH", 3]["missing"] == material.units_differ(["pcs", "pal"])
    assert rows["Boxes", "WH", 3]["received_quantity"] is None
    assert rows["Nothing", "WH", 3]["missing"] == material.NO_MATERIAL
    lost = rows["Nothing", "WH", 3]
    assert (lost["loss_quantity"], lost["loss_ratio"]) == (-3.0, None)
    moved = rows["Steel", "WH2", None]
    assert (moved["moved_in_quantity"], moved["expected_quantity"]) == (48.0, None)
    assert moved["missing"] == f"{material.NO_OPENING}; {material.NOT_COUNTED}"


def test_orders_are_balances_of_the_library(built: Lake) -> None:
    """An order as a control volume in which nothing may be left."""
    made: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    units: dict[str, set[str]] = defaultdict(set)
    for move in rows_usage.material_movements():
        role = ROLES.get(move["movement_type"])
        if move["order_id"] and role:
            made[move["order_id"]][role[0]] += role[1] * move["quantity"]
            units[move["order_id"]].add(move["unit"])
    for count in COUNTS:
        if (order := count["order_id"]) in made:
            made[order]["scrap"] += count["scrap_count"]
            made[order]["rework"] += count["rework_count"]
            units[order].add(count["unit"])
    rows = {r["order_id"]: r for r in built.gold("materials", "fct_order_material")}
    assert rows.keys() == made.keys() == {"O1", "O51", "O53", "O57", "O99"}
    for order, own in made.items():
        flows = material.Flows.of(
            [0], received=[own["issue"]], issued=[own.get("production", np.nan)],
            scrapped=[own["scrap"]], moved_out=[own["rework"]],
        )  # fmt: skip
        expected = material.balance(flows, [0], units=[sorted(units[order])])
        assert rows[order]["loss_quantity"] == close(expected.loss[0])
        assert rows[order]["loss_ratio"] == close(expected.loss_ratio[0])
        said = expected.missing[0].replace(
            "issued quantity unknown", "nothing received from production"
        )
        assert (rows[order]["missing"] or "") == said
    assert rows["O51"]["loss_quantity"] == 230 - 205 - 5
    assert rows["O99"]["loss_ratio"] == -0.04


ROLES = {
    "261": ("issue", 1), "262": ("issue", -1), "issue": ("issue", 1),
    "production": ("production", 1),
}  # fmt: skip


def test_lots_are_joined_as_the_library_joins_them(built: Lake) -> None:
    """B3 came back whole: nothing was made of it."""
    net: dict[tuple[str, str, str], float] = defaultdict(float)
    for move in rows_usage.lots_of_orders():
        role, sign = ROLES[move["movement_type"]]
        net[role, move["order_id"] or "", move["lot"] or ""] += sign * move["quantity"]
    issued, made = (
        [key[1:] for key, quantity in net.items() if key[0] == role and quantity > 0]
        for role in ("issue", "production")
    )
    expected = material.genealogy(*zip(*issued, strict=True), *zip(*made, strict=True))
    rows = built.gold("materials", "lot_genealogy")
    got = sorted((r["order_id"], r["lot_in"], r["lot_out"]) for r in rows)
    assert got == list(zip(expected.order, expected.lot_in, expected.lot_out, strict=True))
    assert {(r["lot_in"], r["quantity_in"]) for r in rows if r["order_id"] == "O51"} == {
        ("B1", 150.0), ("B2", 80.0),
    }  # fmt: skip


def test_production_and_products(built: Lake) -> None:
    made = {
        (r["machine_id"], r["product_id"], r["shift_date"], r["shift"]): r
        for r in built.gold("production", "fct_production")
    }
    early = made["M1", "A", MONDAY, "Early"]
    assert (early["total_quantity"], early["good_quantity"], early["unit"]) == (600.0, 590.0, "pcs")
    assert made["M1", "A", MONDAY - timedelta(days=1), None]["order_count"] == 1
    products = {r["product_id"]: r for r in built.gold("production", "dim_product")}
    known = {name: (r["machine_count"], r["step_count"]) for name, r in products.items()}
    assert [known[name] for name in "ABC"] == [(3, 2), (1, 1), (1, 0)]
    assert (products["A"]["product_name"], products["A"]["opportunities"]) == ("A", 12.0)
    assert (products["B"]["product_name"], products["B"]["opportunities"]) == (None, None)
    assert products["Z"]["first_made_on"] is None
