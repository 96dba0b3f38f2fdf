"""Material movements of a site: orders, deliveries, shipments, scrap and the stock counts.

Every material has one place in a warehouse, counted each day at 06:00. A count is what lies there,
so weighed goods are off by what scales are off; one material loses more than any scale explains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from casparian.plant import scenario, streams
from casparian.plant.production import Count
from casparian.plant.site import SiteRun

MOVEMENT_COLUMNS = (
    "movement_id", "timestamp", "material_id", "lot", "from_location", "to_location",
    "quantity", "unit", "order_id", "movement_type",
)  # fmt: skip
RAW, FINISHED = "WH-RAW", "WH-FG"
_SCALES = 0.0004  # weighing is off by up to so much of the stock
_SCRAP_EVERY = 3  # days


@dataclass(frozen=True)
class Movement:
    """at: UTC second. source, target: places, empty where it comes or goes outside."""

    at: int
    kind: str
    material: str
    lot: str
    source: str
    target: str
    quantity: float
    unit: str
    order: str = ""


def movements_of(run: SiteRun, counts: list[Count]) -> list[Movement]:
    """All movements and counts of a site in order of time."""
    found = _of_orders(run, counts)
    products = {p.product_id: p for _, _, machine in run.machines() for p in machine.products}
    stock: list[Movement] = []
    for product in products.values():
        for material, place in ((f"RAW-{product.product_id}", RAW), (product.product_id, FINISHED)):
            own = [move for move in found if move.material == material]
            stock += _warehouse(run, material, place, product.unit, own)
    found += stock
    return sorted(found, key=lambda move: (move.at, move.material, move.kind))


def rows_of(run: SiteRun, moves: list[Movement]) -> list[tuple[int, list[object]]]:
    """(UTC second, row) of each movement."""
    return [
        (move.at, [
            f"MV-{run.site.site_id}-{number:06d}", run.clock.iso(move.at), move.material, move.lot,
            move.source, move.target, move.quantity, move.unit, move.order, move.kind,
        ])
        for number, move in enumerate(moves, 1)
    ]  # fmt: skip


def _of_orders(run: SiteRun, counts: list[Count]) -> list[Movement]:
    """An issue of raw material and a receipt of what is good, an order."""
    rng = streams.stream(run.seed, streams.MATERIALS, run.lines[0].line.number)
    orders: dict[str, list[Count]] = {}
    for count in counts:
        orders.setdefault(count.order_id, []).append(count)
    moves: list[Movement] = []
    for order, made in sorted(orders.items()):
        first, last, product = made[0], made[-1], made[0].product
        total, good = sum(c.total for c in made), sum(min(c.good, c.total) for c in made)
        lot = f"{run.clock.date_of(first.day):%y%m%d}{int(rng.integers(100, 999))}"
        issued = first.start - int(rng.integers(300, 1500))
        received = last.end + int(rng.integers(120, 900))
        raw, made_of = f"RAW-{product.product_id}", round(total * 1.02, 1)
        moves.append(Movement(issued, "issue", raw, f"R{lot}", RAW, first.line_id, made_of,
                              product.unit, order))  # fmt: skip
        moves.append(Movement(received, "production", product.product_id, f"F{lot}", last.line_id,
                              FINISHED, good, product.unit, order))  # fmt: skip
    return moves


def _warehouse(
    run: SiteRun, material: str, place: str, unit: str, own: list[Movement]
) -> list[Movement]:
    """Deliveries or shipments that follow what the orders took or made, scrap, and the counts."""
    moved = [0.0] * run.days
    for move in own:
        moved[run.production_day(move.at)] += move.quantity
    found: list[Movement] = []
    for day in range(run.days):
        lot = f"S{run.clock.date_of(day):%y%m%d}"
        base = Movement(run.clock.at(day, 14), "receipt", material, lot, "", place, 0.0, unit)
        if place == RAW:
            bought = float(-(-moved[day] // 50) * 50)
            found.append(replace(base, quantity=bought))
            if day % _SCRAP_EVERY == 1:
                found.append(replace(base, at=run.clock.at(day, 15), kind="scrap", source=place,
                                     target="", quantity=5.0))  # fmt: skip
        elif day:
            found.append(replace(base, at=run.clock.at(day, 16), kind="shipment", source=place,
                                 target="", quantity=moved[day - 1]))  # fmt: skip
    found = [move for move in found if move.quantity]
    return found + _counted(run, material, place, unit, own + found, 2 * max(moved) + 500)


def _counted(
    run: SiteRun, material: str, place: str, unit: str, moves: list[Movement], stock: float
) -> list[Movement]:
    """A count at 06:00 of each day of the period and at its end. stock: at the first of them."""
    seed = sum(map(ord, material + place))
    rng = streams.stream(run.seed, streams.STOCK, run.lines[0].line.number, seed)
    left = sorted((m for m in moves if m.at >= run.clock.at(0, 6)), key=lambda move: move.at)
    counts: list[Movement] = []
    for day in range(run.days + 1):
        at = run.clock.at(day, 6)
        while left and left[0].at < at:
            move = left.pop(0)
            stock += move.quantity if move.target == place else -move.quantity
        if (material, day) == (scenario.LOST_MATERIAL, scenario.LOST_DAY + 1):
            stock -= scenario.LOST_QUANTITY
        off = 1 + _SCALES * (2 * float(rng.random()) - 1) if unit == "kg" else 1.0
        lies = round(stock * off, 1)
        counts.append(Movement(at, "count", material, "", "", place, lies, unit))
    return counts
