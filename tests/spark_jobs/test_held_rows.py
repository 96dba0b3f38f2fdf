"""What holds from one row to the next: which days a row moves, and which rows reach into days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from spark_jobs.held_alarms import COLUMNS, Alarms
from spark_jobs.held_rows import DAY_US, Held, Holds

START = datetime(2025, 3, 1, tzinfo=UTC)
FIRST = int(START.timestamp()) // 86_400
COUNTER = Holds(by=("meter",))
STATE = Holds(by=("device", "item"), order=("sequence",), lasting=True)
INSTANT = pa.timestamp("us", tz="UTC")
Row = dict[str, Any]


def at(day: float) -> datetime:
    """Of March 2025; 1.5 is the noon of the first."""
    return START + timedelta(days=day - 1)


def days(found: set[int]) -> set[int]:
    return {day - FIRST + 1 for day in found}


def numbers(wanted: set[int]) -> set[int]:
    return {day + FIRST - 1 for day in wanted}


def said(instants: list[int]) -> list[float]:
    return [(instant - FIRST * DAY_US) / DAY_US + 1 for instant in instants]


def held(holds: Holds, rows: list[Row], changed: int | None = None) -> Held:
    table = pa.Table.from_pylist(rows)
    flags = np.arange(len(rows)) == changed
    table = table.set_column(0, "at", table["at"].cast(INSTANT))
    return Held.of(table, flags, "at", holds)


def stand(day: float, meter: str = "A") -> Row:
    return {"at": at(day), "meter": meter}


def state(day: float, sequence: int, item: str = "x") -> Row:
    return {"at": at(day), "device": "D", "item": item, "sequence": sequence}


def test_a_reading_concerns_the_days_from_the_one_before_to_the_one_after() -> None:
    rows = [stand(1), stand(4), stand(9), stand(5, "B"), stand(2)]
    assert days(held(COUNTER, rows, changed=1).moved_days()) == {2, 3, 4, 5, 6, 7, 8, 9}
    assert days(held(COUNTER, rows, changed=2).moved_days()) == {4, 5, 6, 7, 8, 9}
    assert days(held(COUNTER, rows, changed=3).moved_days()) == {5}


def test_intervals_that_touch_days_are_read_as_a_whole() -> None:
    rows = [stand(1), stand(4), stand(9), stand(12), stand(20, "B")]
    assert days(held(COUNTER, rows).days_touching(numbers({6}))) == {4, 5, 6, 7, 8, 9}
    assert days(held(COUNTER, rows).days_touching(numbers({15}))) == set()


def test_a_state_concerns_the_days_until_the_next_one() -> None:
    rows = [state(1, 1), state(4, 2), state(9, 3)]
    assert days(held(STATE, rows, changed=1).moved_days()) == {1, 2, 3, 4, 5, 6, 7, 8, 9}
    beside = [*rows, state(3.9, 9, "other")]  # the device was heard shortly before
    assert days(held(STATE, beside, changed=1).moved_days()) == {3, 4, 5, 6, 7, 8, 9}


def test_a_state_told_by_a_clock_that_went_ahead_holds_until_time_catches_up() -> None:
    rows = [state(2, 1), state(9, 2), state(3, 3), state(4, 4), state(10, 5)]
    moved = days(held(STATE, rows, changed=1).moved_days())
    assert moved >= {4, 5, 6, 7, 8, 9, 10}
    # the row that set the clock ahead lies within the day itself
    assert said(held(STATE, rows).reaching(numbers({9}), 0)) == [2.0, 3.0, 4.0, 10.0]


def test_what_lasts_reaches_into_the_days_after_its_last_row() -> None:
    rows = [state(1, 1), state(2, 2), state(2.5, 1, "silent")]
    assert said(held(STATE, rows).reaching(numbers({20}), 2)) == [2.0, 2.5]


def test_a_new_kind_of_what_lasts_is_new_to_all_days() -> None:
    rows = [state(1, 1), state(2, 2, "new")]
    assert held(STATE, rows, changed=1).new_kinds()
    assert not held(COUNTER, [stand(1), stand(2, "B")], changed=1).new_kinds()


def test_of_nothing() -> None:
    table = pa.table({"at": pa.array([], INSTANT), "meter": pa.array([], pa.string())})
    nothing = Held.of(table, np.zeros(0, dtype=bool), "at", COUNTER)
    assert (nothing.moved_days(), nothing.reaching(numbers({1}), 2)) == (set(), [])


def change(day: float, kind: str, alarm: str, tag: str = "T", area: str | None = "A") -> Row:
    return dict(zip(COLUMNS, (alarm, kind, at(day), tag, "Hi", area, "event"), strict=True))


def journal(rows: list[Row], changed: int | None = None) -> Alarms:
    kinds = {"timestamp": INSTANT}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    flags = np.arange(len(rows)) == changed
    return Alarms.of(pa.Table.from_pylist(rows, schema), flags)


def test_a_clear_concerns_the_day_of_its_raise_and_the_days_from_then_on() -> None:
    rows = [
        change(2.5, "ACTIVE", "1"), change(9.1, "ACTIVE", "2", "U"), change(9.5, "CLEAR", "1"),
        change(9.7, "ACK", "2", "U"),
    ]  # fmt: skip
    assert days(journal(rows, changed=2).moved_days(between=False)) == {2, 9}
    assert days(journal(rows, changed=2).moved_days(between=True)) == {*range(2, 10)}
    assert days(journal(rows, changed=3).moved_days(between=False)) == {9}


def test_a_late_clear_concerns_the_days_until_the_alarm_is_raised_again() -> None:
    rows = [
        change(2.5, "ACTIVE", "1"), change(5.5, "CLEAR", "1"), change(5.4, "ACTIVE", "9", "U"),
        change(8.5, "ACTIVE", "2"), change(12, "ACTIVE", "3"),
    ]  # fmt: skip
    assert days(journal(rows, changed=1).moved_days(between=False)) == {2, 5, 6, 7, 8}


def test_a_clear_without_a_raise_concerns_all_days_before() -> None:
    rows = [change(1.5, "ACTIVE", "1", "U"), change(6.5, "CLEAR", "2"), change(8, "ACK", "1", "U")]
    assert days(journal(rows, changed=1).moved_days(between=False)) == {*range(1, 9)}


def test_a_change_after_quiet_days_concerns_them_too() -> None:
    rows = [change(2.5, "ACTIVE", "1"), change(6.5, "ACTIVE", "2", "U")]
    assert days(journal(rows, changed=1).moved_days(between=False)) == {2, 3, 4, 5, 6}


@pytest.mark.parametrize("seed", range(40))
def test_what_reaches_into_days_tells_all_that_stands_on_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = drawn(random)
    wanted = {int(day) for day in random.integers(1, 30, 2)}
    margin = 1
    instants = set(journal(rows).reaching(numbers(wanted), margin))
    read = [
        row for row in rows
        if any(abs(day_of(row) - day) <= margin for day in wanted)
        or round(row["timestamp"].timestamp() * 1e6) in instants
    ]  # fmt: skip
    assert standing(read, wanted) == standing(rows, wanted)


def test_an_alarm_that_is_over_is_not_read() -> None:
    rows = [
        change(1.5, "ACTIVE", "0", "first"), change(1.6, "CLEAR", "0", "first"),
        change(3.1, "ACTIVE", "1"), change(3.2, "CLEAR", "1"),
        change(4.1, "ACTIVE", "2"), change(4.5, "ACK", "2"), change(28.5, "CLEAR", "2"),
        change(5.5, "ACTIVE", "3", "U"), change(6.5, "ACTIVE", "4", "U"),
        change(6.6, "CLEAR", "4", "U"),
        change(19.5, "ACTIVE", "5", "V"), change(29.5, "CLEAR", "6", "W"),
    ]  # fmt: skip
    reaching = said(journal(rows).reaching(numbers({20}), 1))
    assert reaching == pytest.approx([1.5, 1.6, 4.1, 4.5, 28.5, 29.5])


def drawn(random: np.random.Generator) -> list[Row]:
    """A month of changes, in whole hours so that some fall together, with all that can lack."""
    rows = []
    for number in range(60):
        tag = f"T{random.integers(4)}"
        area = f"A{tag}"
        day, paired = 1 + int(random.integers(29 * 24)) / 24, random.random() < 0.5
        hours = sorted(int(h) for h in random.integers(1, [5, 5, 240][int(random.integers(3))], 2))
        for kind, after in (("ACTIVE", 0), ("ACK", hours[0]), ("CLEAR", hours[1])):
            if random.random() < 0.8:
                row = change(day + after / 24, kind, f"E{number}", tag, area)
                rows.append(
                    row | {"paired_by": "order" if tag in ("T0", "T1") and paired else "event"}
                )
        if random.random() < 0.1:
            rows += [change(day, "SHELVED", f"S{number}", tag, area)]
            rows += [change(day + 1, "UNSHELVED", f"S{number}", tag, area)] * int(
                random.integers(2)
            )
    return rows


def day_of(row: Row) -> int:
    return int((row["timestamp"] - START) // timedelta(days=1)) + 1


def standing(rows: list[Row], wanted: set[int]) -> set[tuple[Any, ...]]:
    """(series, raise, end, hidden) of what stands or is raised on these days, by going through."""
    ranks = {"ACTIVE": 0, "ACK": 1, "CLEAR": 2}
    series: dict[Any, list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r["timestamp"], ranks.get(r["state"], 3))):
        if row["state"] in ranks:
            by_order = row["paired_by"] == "order"
            series.setdefault(row["tag_name"] if by_order else row["alarm_id"], []).append(row)
    found = []
    for key, changes in series.items():
        one: list[Row] = []
        for row in [*changes, {"state": "ACTIVE"}]:
            if row["state"] == "ACTIVE" and one:
                found.append((key, one))
                one = []
            one.append(row)
    raises = [r for r in rows if r["state"] == "ACTIVE"]
    told = set()
    for key, one in found:
        raised = one[0]["timestamp"] if one[0]["state"] == "ACTIVE" else None
        clears = [r["timestamp"] for r in one if r["state"] == "CLEAR"]
        again = [
            r["timestamp"] for r in raises
            if raised and r["tag_name"] == one[0]["tag_name"] and r["timestamp"] > raised
        ]  # fmt: skip
        end = min(clears) if clears else min(again, default=None)
        first = day_of(one[0]) if raised else 1
        last = 99 if end is None else int((end - START) / timedelta(days=1)) + 1
        sight = [
            r for r in rows
            if r["state"] in ("SHELVED", "UNSHELVED") and raised
            and r["tag_name"] == one[0]["tag_name"] and r["timestamp"] <= raised
        ]  # fmt: skip
        latest = max(sight, key=lambda r: (r["timestamp"], r["state"] == "SHELVED"), default=None)
        if any(first <= day <= last for day in wanted):
            told.add((key, raised, end, latest is not None and latest["state"] == "SHELVED"))
    return told
