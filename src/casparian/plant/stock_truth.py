"""The right material balances, orders and lots, from the plant's own movements, in plain loops.

A period runs from one count of a stock to the next; what should lie there at its end is what was
counted at its start, and what came, without what went.
"""

from __future__ import annotations

from typing import Any

from casparian.plant.clock import utc_iso
from casparian.plant.materials import Movement
from casparian.plant.production import Count


def balances_of(moves: list[Movement]) -> list[dict[str, Any]]:
    """One entry a material, place and period between two counts."""
    stocks: dict[tuple[str, str], list[Movement]] = {}
    for move in moves:
        if move.kind in ("issue", "scrap", "shipment"):
            stocks.setdefault((move.material, move.source), []).append(move)
        else:
            stocks.setdefault((move.material, move.target), []).append(move)
    entries: list[dict[str, Any]] = []
    for (material, place), own in sorted(stocks.items()):
        entries += _periods(material, place, sorted(own, key=lambda move: move.at))
    return entries


def _periods(material: str, place: str, own: list[Movement]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    opened: Movement | None = None
    sums = dict.fromkeys(("receipt", "production", "issue", "scrap", "shipment"), 0.0)
    for move in own:
        if move.kind != "count":
            sums[move.kind] += move.quantity
            continue
        if opened is not None:
            there = opened.quantity + sums["receipt"] + sums["production"]
            expected = there - sums["issue"] - sums["scrap"] - sums["shipment"]
            loss = expected - move.quantity
            entries.append(
                {"material_id": material, "location": place, "from": utc_iso(opened.at * 1000),
                 "to": utc_iso(move.at * 1000), "opening": opened.quantity, **sums,
                 "expected": expected, "counted": move.quantity, "loss": loss,
                 "loss_ratio": loss / there}
            )  # fmt: skip
        opened, sums = move, dict.fromkeys(sums, 0.0)
    return entries


def orders_of(moves: list[Movement], counts: list[Count]) -> list[dict[str, Any]]:
    """One entry an order: what it took against what it made, scrapped and left for rework."""
    orders: dict[str, dict[str, Any]] = {}
    for move in moves:
        if move.order:
            nothing = {"issued": 0.0, "made": 0.0, "scrap": 0, "rework": 0}
            entry = orders.setdefault(move.order, {"order_id": move.order, **nothing})
            entry["issued" if move.kind == "issue" else "made"] += move.quantity
    for count in counts:
        if count.valid:
            orders[count.order_id]["scrap"] += count.scrap
            orders[count.order_id]["rework"] += count.rework
    for entry in orders.values():
        loss = entry["issued"] - entry["made"] - entry["scrap"] - entry["rework"]
        entry |= {"loss": loss, "loss_ratio": loss / entry["issued"]}
    return [entry for _, entry in sorted(orders.items())]


def genealogy_of(moves: list[Movement]) -> list[list[str]]:
    """[order, lot that it took, lot that it made], in order."""
    taken, made = (
        [(move.order, move.lot) for move in moves if move.order and move.kind == kind]
        for kind in ("issue", "production")
    )
    return sorted(
        [order, lot, other] for order, lot in taken for whose, other in made if whose == order
    )
