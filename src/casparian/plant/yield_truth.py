"""The right yields and defects, from the plant's own events, in plain loops.

First pass yield is good / produced; rolled throughput yield the product over the steps of the
route, machines of one step added up first. Defects per unit and per million opportunities are of
the units of the step that made most.
"""

from __future__ import annotations

from typing import Any

from casparian.plant.defects import Finding
from casparian.plant.lines import Product
from casparian.plant.production import Count
from casparian.plant.site import SiteRun


def yields_of(run: SiteRun, counts: list[Count], found: list[Finding]) -> list[dict[str, Any]]:
    """One entry a line, product and production day on which it was made.

    units: of the step that made most. defects: null where the line's log has none of the day."""
    defects: dict[tuple[str, int], dict[str, int]] = {}
    for one in found:
        own_day = defects.setdefault((one.last.line_id, one.shift.day), {})
        name = one.last.product.product_id
        own_day[name] = own_day.get(name, 0) + one.count
    products = {p.product_id: p for _, _, machine in run.machines() for p in machine.products}
    step_of = {machine.machine_id: machine.step for _, _, machine in run.machines()}
    steps: dict[tuple[str, str], set[int]] = {}
    for line_run, _, machine in run.machines():
        for product in machine.products:
            steps.setdefault((line_run.line.line_id, product.product_id), set()).add(machine.step)
    made: dict[tuple[str, str, int], dict[int, list[int]]] = {}
    for count in counts:
        if count.valid:
            key = (count.line_id, count.product.product_id, count.day)
            own = made.setdefault(key, {}).setdefault(step_of[count.machine_id], [0, 0, 0, 0])
            for i, part in enumerate((count.total, count.good, count.scrap, count.rework)):
                own[i] += part
    return [
        {"line_id": line, "product_id": product, "shift_date": run.clock.date_of(day).isoformat(),
         **_yield(by_step, steps[line, product]),
         **_rates(by_step, products[product], defects.get((line, day)))}
        for (line, product, day), by_step in sorted(made.items())
    ]  # fmt: skip


def _yield(by_step: dict[int, list[int]], route: set[int]) -> dict[str, Any]:
    total, good, scrap, rework = (sum(own[i] for own in by_step.values()) for i in range(4))
    rolled: float | None = 1.0
    for step in sorted(route):
        made = by_step.get(step, [0, 0])
        rolled = None if rolled is None or not made[0] else rolled * made[1] / made[0]
    return {
        "total": total, "good": good, "scrap": scrap, "rework": rework, "steps": len(route),
        "first_pass": good / total, "final": (total - scrap) / total, "rolled": rolled,
    }  # fmt: skip


def _rates(
    by_step: dict[int, list[int]], product: Product, logged: dict[str, int] | None
) -> dict[str, Any]:
    units = max(own[0] for own in by_step.values())
    if logged is None:
        return {"units": units, "defects": None, "dpu": None, "dpmo": None}
    found, ways = logged.get(product.product_id, 0), product.opportunities
    dpmo = found / units / ways * 1e6 if ways else None
    return {"units": units, "defects": found, "dpu": found / units, "dpmo": dpmo}


def defects_of(found: list[Finding]) -> list[dict[str, Any]]:
    """One entry a line, part, production day and defect code, the most frequent first."""
    sums: dict[tuple[str, str, str], dict[str, list[int]]] = {}
    for one in found:
        day = one.shift.shift_date.isoformat()
        codes = sums.setdefault((one.last.line_id, one.last.product.product_id, day), {})
        entry = codes.setdefault(one.code, [0, 0])
        entry[0] += one.count
        entry[1] += 1
    entries: list[dict[str, Any]] = []
    for (line, part, day), codes in sorted(sums.items()):
        every, running = sum(count for count, _ in codes.values()), 0
        for code, (count, findings) in sorted(codes.items(), key=lambda item: (-item[1][0], item)):
            running += count
            entries.append(
                {"line_id": line, "part_number": part, "shift_date": day, "defect_code": code,
                 "defects": count, "findings": findings, "share": count / every,
                 "cumulative": running / every}
            )  # fmt: skip
    return entries
