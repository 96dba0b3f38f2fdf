"""The plain loops of the plant's answers on a day worked out by hand."""

from __future__ import annotations

from casparian.plant.alarm_truth import Alarm, alarm_days_of

DAY = 86_400


def alarm(raised: int, tag: str = "T", lasts: int = 100) -> Alarm:
    return Alarm("L1", tag, raised, raised + 10, raised + lasts, 1, "")


def test_a_day_worked_out_by_hand() -> None:
    flood = [alarm(1000 + 50 * k, f"F-{k}") for k in range(12)]  # 1000 to 1550 s
    chatter = [alarm(at, "C", 5) for at in (40_000, 40_020, 40_059)]
    fleeting, stale = alarm(50_000, "Q", 59), alarm(60_000, "S", 2 * DAY)
    first, second, third = alarm_days_of([stale, fleeting, *chatter, *flood], 60_000 + 2 * DAY)
    assert (first["alarms"], first["acknowledged"], first["ack_mean_s"]) == (17, 17, 10.0)
    # four from 1000 to 1150 s, eight from 1200 s on
    assert first["peak_10_minutes"] == 8
    assert first["acceptable_ratio"] == (144 - 3) / 144
    assert (first["flood_count"], first["chattering"], first["fleeting"]) == (1, 3, 1)
    assert [day["stale"] for day in (first, second, third)] == [0, 1, 0]
    assert second["standing_average"] == 1.0
    assert third["standing_average"] == 60_000 / DAY


def test_ten_are_no_flood() -> None:
    (day,) = alarm_days_of([alarm(1000 + k, f"F-{k}") for k in range(10)], 5000)
    assert day["flood_count"] == 0
