"""Silver rows for yield, defects, energy and material, on the lines of the small lake.

Product A passes two steps of line L1; B one; C has no route. L1's meter reads every hour of
Monday's shifts, L2's counter every hour and is reset once. Steel is weighed, boxes are counted
twice in differing units.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.dbt.small_lake import Row, at

HOUR = timedelta(hours=1)


def routes() -> list[Row]:
    steps = [("A", 1, "M1"), ("A", 2, "M2"), ("B", 1, "M1")]
    return [
        {"product_id": product, "step": step, "machine_id": machine, "operation": "Milling"}
        for product, step, machine in steps
    ]


def products() -> list[Row]:
    """What B's units can fail by nobody counted; of C's the log finds more than there are."""
    return [
        {"product_id": product, "product_name": product, "unit": "pcs", "opportunities": ways}
        for product, ways in (("A", 12.0), ("C", 3.0), ("Z", 5.0))
    ]


def energy_readings() -> list[Row]:
    metered = [
        _reading("E1", "L1", at("06:00") + number * HOUR, 10.0 + 2.5 * (number % 7))
        for number in range(23)  # up to 05:00, an hour before the night shift ends
    ]
    metered.append(_reading("E1", "L1", at("13:30", 4), 4.5))  # half of it after the early shift
    counters = [(5, 100.0), (6, 112.5), (7, 120.0), (8, 3.0), (9, 9.0)]
    stands = {"interval_end": None}
    return metered + [
        {**_reading("E2", "L2", at(f"{hour:02d}:00"), None), **stands, "counter_kwh": kwh}
        for hour, kwh in counters
    ]


def _reading(meter: str, line: str, start: object, kwh: float | None) -> Row:
    return {
        "meter_id": meter,
        "line_id": line,
        "site_id": "S1",
        "interval_start": start,
        "interval_end": start + HOUR,  # type: ignore[operator]
        "energy_kwh": kwh,
        "counter_kwh": None,
    }


def material_movements() -> list[Row]:
    moves = [
        ("Steel", None, "WH", "count", at("06:00"), 500.0, "kg", None),
        ("Steel", None, "WH", "101", at("08:00"), 2000.0, "kg", None),
        ("Steel", "WH", "L1", "261", at("09:00"), 1905.0, "kg", "O1"),
        ("Steel", "WH", "L1", "262", at("09:30"), 5.0, "kg", "O1"),
        ("Steel", "WH", None, "scrap", at("10:00"), 40.0, "kg", None),
        ("Steel", None, "WH", "count", at("06:00", 4), 548.0, "kg", None),
        ("Steel", "WH", "WH2", "Z1", at("07:00", 4), 48.0, "kg", None),  # no code we know
        ("Steel", None, "WH", "count", at("06:00", 5), 430.0, "kg", None),
        ("Boxes", None, "WH", "count", at("06:00"), 10.0, "pcs", None),
        ("Boxes", None, "WH", "receipt", at("07:00"), 2.0, "pal", None),
        ("Boxes", None, "WH", "count", at("06:00", 4), 12.0, "pcs", None),
        ("Nothing", None, "WH", "count", at("06:00"), 0.0, "pcs", None),
        ("Nothing", None, "WH", "count", at("06:00", 4), 3.0, "pcs", None),
    ]
    return [
        _movement(f"MV-{number}", *move, None) for number, move in enumerate(moves, 1)
    ] + lots_of_orders()


def lots_of_orders() -> list[Row]:
    """O51 lost some of its bars and gave a lot back; O53 took only; O57 is weighed and counted;
    nobody counted O99."""
    day = at("05:00")
    moves = [
        ("Bar", "WH5", "L5", "261", day, 150.0, "pcs", "O51", "B1"),
        ("Bar", "WH5", "L5", "261", day, 90.0, "pcs", "O51", "B2"),
        ("Bar", "WH5", "L5", "262", day, 10.0, "pcs", "O51", "B2"),
        ("Bar", "WH5", "L5", "261", day, 40.0, "pcs", "O51", "B3"),
        ("Bar", "WH5", "L5", "262", day, 40.0, "pcs", "O51", "B3"),  # all of it came back
        ("P5", "L5", "WH5", "production", day, 120.0, "pcs", "O51", "F1"),
        ("P5", "L5", "WH5", "production", day, 85.0, "pcs", "O51", "F2"),
        ("Bar", "WH5", "L5", "issue", day, 1310.0, "pcs", "O53", "B1"),
        ("Bar", "WH5", "L5", "issue", day, 900.0, "kg", "O57", "B1"),
        ("P5", "L5", "WH5", "production", day, 1480.0, "pcs", "O57", "F3"),
        ("Bar", "WH5", "L5", "issue", day, 100.0, "pcs", "O99", "B2"),
        ("P5", "L5", "WH5", "production", day, 104.0, "pcs", "O99", None),
        ("P5", "L5", "WH5", "production", day, 7.0, "pcs", None, "F4"),
    ]
    return [_movement(f"LOT-{number}", *move) for number, move in enumerate(moves, 1)]


def _movement(
    number: str, material: str, source: str | None, target: str | None, kind: str,
    instant: datetime, quantity: float, unit: str, order: str | None, lot: str | None,
) -> Row:  # fmt: skip
    return {
        "movement_id": number,
        "timestamp": instant,
        "material_id": material,
        "lot": lot,
        "from_location": source,
        "to_location": target,
        "quantity": quantity,
        "unit": unit,
        "order_id": order,
        "movement_type": kind,
    }


def defects() -> list[Row]:
    found = [
        ("L1", "A", "burr", at("07:00"), 3.0, "scrap"),
        ("L1", "A", "burr", at("08:00"), 2.0, "rework"),
        ("L1", "A", "dent", at("02:00", 4), 4.0, "scrap"),  # Monday's night shift
        ("L1", "A", "chip", at("20:00"), 1.0, None),
        ("L1", "B", "dent", at("20:00"), 7.0, "scrap"),
        ("L1", "C", "dent", at("15:30"), 400.0, None),
        (None, "A", "burr", at("20:00"), 0.0, None),
    ]
    return [
        {
            "defect_id": f"DF-{number}",
            "detected_at": instant,
            "part_number": part,
            "line_id": line,
            "machine_id": "M1",
            "defect_code": code,
            "defect": code.title(),
            "count": count,
            "severity": "minor",
            "disposition": disposition,
        }
        for number, (line, part, code, instant, count, disposition) in enumerate(found, 1)
    ]


TABLES = {
    "silver_production.routes": routes,
    "silver_production.products": products,
    "silver_production.energy_readings": energy_readings,
    "silver_materials.material_movements": material_movements,
    "silver_quality.defects": defects,
}
