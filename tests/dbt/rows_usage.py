"""Silver rows for yield, defects, energy and material, on the lines of the small lake.

Product A passes two steps of line L1; B one; C has no route. L1's meter reads every hour of
Monday's shifts, L2's counter every hour and is reset once. Steel is weighed, boxes are counted
twice in differing units.
"""

from __future__ import annotations

from datetime import timedelta

from tests.dbt.small_lake import Row, at

HOUR = timedelta(hours=1)


def routes() -> list[Row]:
    steps = [("A", 1, "M1"), ("A", 2, "M2"), ("B", 1, "M1")]
    return [
        {"product_id": product, "step": step, "machine_id": machine, "operation": "Milling"}
        for product, step, machine in steps
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
        {
            "movement_id": f"MV-{number}",
            "timestamp": instant,
            "material_id": material,
            "lot": None,
            "from_location": source,
            "to_location": target,
            "quantity": quantity,
            "unit": unit,
            "order_id": order,
            "movement_type": kind,
        }
        for number, (material, source, target, kind, instant, quantity, unit, order) in enumerate(
            moves, 1
        )
    ]


def defects() -> list[Row]:
    found = [
        ("L1", "A", "burr", at("07:00"), 3.0, "scrap"),
        ("L1", "A", "burr", at("08:00"), 2.0, "rework"),
        ("L1", "A", "dent", at("02:00", 4), 4.0, "scrap"),  # Monday's night shift
        ("L1", "A", "chip", at("20:00"), 1.0, None),
        ("L1", "B", "dent", at("20:00"), 7.0, "scrap"),
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
    "silver_production.energy_readings": energy_readings,
    "silver_materials.material_movements": material_movements,
    "silver_quality.defects": defects,
}
