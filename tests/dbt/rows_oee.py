"""Silver rows for OEE: line L5 in Berlin through both nights in which the clocks change, and L6.

All of it lies in 2024, before anything else of the small lake. L5 has a line's usual troubles:
stops that overlap and straddle, categories of every kind, orders that share an hour, a machine
faster than its cycle, shifts of nothing but stops, a product without a cycle. On L6 works a machine
that the master list does not have, in shifts that overlap.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.dbt.small_lake import Row

SPRING, AUTUMN, JUNE = date(2024, 3, 30), date(2024, 10, 26), date(2024, 6, 10)


def at(day: date, clock: str) -> datetime:
    """An instant, UTC; a clock of 24 or more is of the next day."""
    hour, minute = map(int, clock.split(":"))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        hours=hour, minutes=minute
    )


def machines() -> list[Row]:
    return [
        {
            "machine_id": machine,
            "machine_name": machine,
            "site_id": "S5",
            "line_id": "L5",
            "machine_type": "press",
            "timezone": "Europe/Berlin",
        }
        for machine in ("M51", "M52")
    ]


def shift_calendar() -> list[Row]:
    """The night of spring has seven hours, that of autumn nine."""
    times = [
        ("L5", SPRING, "Night", at(SPRING, "21:00"), at(SPRING, "28:00")),
        ("L5", SPRING + timedelta(days=1), "Early", at(SPRING, "28:00"), at(SPRING, "36:00")),
        ("L5", AUTUMN, "Night", at(AUTUMN, "20:00"), at(AUTUMN, "29:00")),
        ("L5", AUTUMN + timedelta(days=1), "Early", at(AUTUMN, "29:00"), at(AUTUMN, "37:00")),
        ("L5", JUNE, "Early", at(JUNE, "04:00"), at(JUNE, "12:00")),
        ("L5", JUNE, "Late", at(JUNE, "12:00"), at(JUNE, "20:00")),
        ("L5", JUNE, "Night", at(JUNE, "20:00"), at(JUNE, "28:00")),
        ("L5", JUNE + timedelta(days=1), "Early", at(JUNE, "28:00"), at(JUNE, "36:00")),
        ("L6", JUNE, "Early", at(JUNE, "04:00"), at(JUNE, "12:00")),
        ("L6", JUNE, "Late", at(JUNE, "11:45"), at(JUNE, "20:00")),  # a hand-over of 15 min
        ("L6", JUNE + timedelta(days=1), "Early", at(JUNE, "28:00"), at(JUNE, "36:00")),
    ]
    return [
        {"line_id": line, "shift_date": day, "shift": shift, "starts_at": start, "ends_at": end}
        for line, day, shift, start, end in times
    ]


def planned_stops() -> list[Row]:
    times = [
        (at(SPRING, "24:45"), at(SPRING, "25:15")),  # over the hour that is left out
        (at(AUTUMN, "24:30"), at(AUTUMN, "25:30")),  # in the hour that comes twice
        (at(JUNE, "08:00"), at(JUNE, "08:30")),
        (at(JUNE, "19:50"), at(JUNE, "20:10")),  # over two shifts
    ]
    return [
        {"line_id": "L5", "starts_at": start, "ends_at": end, "reason": "Break"}
        for start, end in times
    ]


def ideal_cycles() -> list[Row]:
    cycles = [("M51", "P5", 30.0), ("M51", "Q5", 12.5), ("M52", "P5", 20.0), ("M61", "P5", 7.0)]
    return [
        {"machine_id": machine, "product_id": product, "ideal_cycle_s": cycle, "unit": "pcs"}
        for machine, product, cycle in cycles
    ]


def production_counts() -> list[Row]:
    counts = [
        ("L5", "M51", "O51", "P5", at(SPRING, "21:00"), 60, 100.0, 95.0),
        ("L5", "M51", "O51", "P5", at(SPRING, "24:00"), 60, 110.0, 110.0),  # stays in between
        ("L5", "M51", "O52", "Q5", at(SPRING, "27:30"), 60, 200.0, 180.0),  # over two shifts
        ("L5", "M52", "O53", "P5", at(SPRING, "28:00"), 480, 1300.0, 1299.0),
        ("L5", "M51", "O54", "P5", at(AUTUMN, "24:00"), 60, 70.0, 60.0),
        ("L5", "M51", "O55", "Q5", at(AUTUMN, "24:00"), 60, 90.0, 90.0),  # shares the hour
        ("L5", "M51", "O54", "P5", at(AUTUMN, "25:00"), 60, 0.0, 0.0),
        ("L5", "M51", "O56", "Q5", at(AUTUMN, "25:00"), 60, 0.0, 0.0),
        ("L5", "M52", "O57", "P5", at(AUTUMN, "20:00"), 540, 1500.0, 1480.0),
        ("L5", "M51", "O58", "P5", at(JUNE, "04:00"), 120, 900.0, 890.0),  # faster than its cycle
        ("L5", "M51", "O59", "Q5", at(JUNE, "05:00"), 120, 30.0, 7.0),  # overlaps it
        ("L5", "M51", "O58", "P5", at(JUNE, "10:00"), 60, 50.0, 0.0),  # was interrupted
        ("L5", "M52", "O60", "P5", at(JUNE, "13:00"), 60, 100.0, 99.0),
        ("L5", "M52", "O61", "R5", at(JUNE, "13:30"), 60, 10.0, 10.0),  # no cycle, overlaps
        ("L5", "M52", "O60", "P5", at(JUNE, "21:00"), 60, 100.0, 99.0),
        ("L5", "M52", "O62", "R5", at(JUNE, "23:00"), 60, 10.0, 10.0),  # no cycle, alone
        ("L5", "M52", "O60", "P5", at(JUNE, "25:00"), 0, 5.0, 5.0),  # an instant, then the next
        ("L5", "M52", "O60", "P5", at(JUNE, "26:00"), 30, 5.0, 4.0),
        ("L5", "M51", "O63", "P5", at(JUNE - timedelta(days=1), "10:00"), 60, 9.0, 9.0),  # Sunday
        ("L6", "M61", "O64", "P5", at(JUNE, "06:00"), 60, 400.0, 390.0),
        ("L6", "M61", "O64", "P5", at(JUNE, "11:50"), 60, 300.0, 300.0),  # in the hand-over
    ]
    return [
        {
            "site_id": line.replace("L", "S"),
            "line_id": line,
            "machine_id": machine,
            "order_id": order,
            "product_id": product,
            "interval_start": start,
            "interval_end": start + timedelta(minutes=minutes),
            "total_count": total,
            "good_count": good,
            "scrap_count": total - good,
            "rework_count": 0.0,
            "unit": "pcs",
        }
        for line, machine, order, product, start, minutes, total, good in counts
    ]


def downtime_events() -> list[Row]:
    next_day = JUNE + timedelta(days=1)
    events = [
        ("M51", at(SPRING, "23:30"), at(SPRING, "25:30"), "Breakdown"),  # over the change
        ("M52", at(SPRING, "21:00"), at(SPRING, "28:00"), "Utilities"),  # the whole night
        ("M51", at(AUTUMN, "23:30"), at(AUTUMN, "24:40"), "Minor stop"),  # ends in the break
        ("M51", at(AUTUMN, "25:15"), at(AUTUMN, "26:30"), "Breakdown"),  # begins in it
        ("M51", at(AUTUMN, "28:50"), at(AUTUMN, "29:20"), "Changeover"),  # over two shifts
        ("M51", at(JUNE, "05:30"), at(JUNE, "06:00"), "Changeover"),  # while two orders share
        ("M51", at(JUNE, "06:30"), at(JUNE, "07:30"), "Material"),
        ("M51", at(JUNE, "07:00"), at(JUNE, "07:45"), "Breakdown"),  # overlaps it
        ("M51", at(JUNE, "09:00"), at(JUNE, "09:20"), "Breakdown"),
        ("M51", at(JUNE, "09:00"), at(JUNE, "09:10"), "Quality"),  # begins with it, is shorter
        ("M52", at(JUNE, "13:40"), at(JUNE, "13:50"), "Weather"),  # nobody knows it
        ("M52", at(JUNE, "23:50"), at(JUNE, "24:10"), None),  # over midnight
        ("M51", at(next_day, "04:00"), at(next_day, "12:00"), "Breakdown"),  # nothing but stops
        ("M52", at(next_day, "04:00"), at(next_day, "11:00"), "Changeover"),
        ("M61", at(next_day, "05:00"), at(next_day, "06:00"), "Breakdown"),  # heard only by this
    ]
    return [
        {
            "event_id": f"O-{number}",
            "machine_id": machine,
            "line_id": "L6" if machine == "M61" else "L5",
            "starts_at": start,
            "ends_at": end,
            "reason_code": f"R5{number}",
            "reason": f"Reason {number}",
            "reason_path": f"{category or 'None'} > {number}",
            "category": category,
            "planned": False,
        }
        for number, (machine, start, end, category) in enumerate(events, 1)
    ]


def mtc_events() -> list[Row]:
    """Device U5 through the night of autumn: every state of Execution, and one nobody knows."""
    observed = [
        ("19:00", "ACTIVE"), ("20:20", "READY"), ("20:30", "INTERRUPTED"), ("20:35", "ACTIVE"),
        ("22:00", "FEED_HOLD"), ("22:05", "STOPPED"), ("22:30", "OPTIONAL_STOP"),
        ("23:00", "PROGRAM_STOPPED"), ("23:10", "PROGRAM_COMPLETED"), ("23:40", "ACTIVE"),
        ("24:40", "PROGRAM_OPTIONAL_STOP"), ("25:40", "WAIT"), ("26:00", "DANCING"),
        ("26:30", None), ("27:00", "ACTIVE"), ("28:30", "ACTIVE"),
    ]  # fmt: skip
    return [
        {
            "instance_id": 7,
            "sequence": sequence,
            "device_uuid": "U5",
            "device_name": "M51",
            "timestamp": at(AUTUMN, clock),
            "data_item_id": "exec",
            "type": "Execution",
            "value": value,
            "quality": "Good" if value else "Bad",
            "clock_step": False,
        }
        for sequence, (clock, value) in enumerate(observed, 1)
    ]


TABLES = {
    "silver_production.machines": machines,
    "silver_production.shift_calendar": shift_calendar,
    "silver_production.planned_stops": planned_stops,
    "silver_production.ideal_cycles": ideal_cycles,
    "silver_production.production_counts": production_counts,
    "silver_equipment.downtime_events": downtime_events,
    "silver_equipment.mtc_events": mtc_events,
}
