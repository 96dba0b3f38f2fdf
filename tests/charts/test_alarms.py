"""Alarm performance on a page, against `kpi.alarms`."""

from __future__ import annotations

import numpy as np
import pytest

from casparian.charts.alarms import alarm_chart
from casparian.charts.clock import DAY, SECOND, step_of, written
from casparian.charts.scale import round_up, ticks
from casparian.kpi import alarms as kpi
from tests.charts.reading import facts, hints, of_class, parsed, words

MINUTE = 60 * SECOND
RNG = np.random.default_rng(5)


def of_instants(raised: np.ndarray, names: list[str]) -> kpi.Alarms:
    return kpi.alarms_of(raised, raised + 5 * MINUTE, names, priority=[3] * len(raised))


def flooded() -> kpi.Alarms:
    """A quiet day with a flood of 20 alarms in 8 minutes at 06:00, and one that chatters."""
    calm = np.arange(24, dtype=np.int64) * 60 * MINUTE + 5 * MINUTE
    flood = 360 * MINUTE + np.arange(20, dtype=np.int64) * 24 * SECOND
    chatter = 720 * MINUTE + np.arange(4, dtype=np.int64) * 10 * SECOND
    names = ["TI-1"] * 24 + [f"LI-{i}" for i in range(20)] + ["PI-9"] * 4
    return of_instants(np.concatenate([calm, flood, chatter]), names)


def test_a_flood_is_shaded_and_told() -> None:
    found = flooded()
    chart = alarm_chart(found, 0, DAY * SECOND, "Boiler")
    root = parsed(chart)
    (flood,) = of_class(root, "flood")
    (told,) = (hint for hint in hints(root) if hint.startswith("Flood from"))
    assert "1970-01-01 06:00" in told
    assert "21 alarms" in told  # the alarm of 06:05 is one of them
    assert float(flood.get("width", "0")) > 0
    assert facts(root)["Floods"] == "1"
    assert chart.figures["flood_count"] == 1
    assert len(chart.figures["alarms_in_10_minutes"]) == 144
    assert chart.figures["alarms"] == int(kpi.performance(found, 0, DAY * SECOND).rates.alarms[0])


def test_the_verdict_is_in_words() -> None:
    said = words(parsed(alarm_chart(flooded(), 0, DAY * SECOND)))
    assert said[said.index("In 10 minutes, most") + 3] == "✗ not met"
    assert said[said.index("Alarms a day") + 3] == "✓ met"
    assert said[said.index("Chattering") + 1] == "4"


def test_bad_actors_say_how_often_and_how_much_of_it_chattered() -> None:
    chart = alarm_chart(flooded(), 0, DAY * SECOND, messages={"PI-9": "Pressure low"}, most=2)
    first, second = chart.figures["bad_actors"]
    assert (first["alarm"], first["alarms"], first["chattering"]) == ("TI-1", 24, 0)
    assert (second["alarm"], second["chattering"], second["message"]) == ("PI-9", 4, "Pressure low")
    assert "PI-9 (Pressure low): 4 alarms, 4 of them chattering" in hints(parsed(chart))


def test_a_year_is_legible_and_small() -> None:
    raised = np.sort(RNG.integers(0, 365 * DAY, 80_000)) * SECOND
    chart = alarm_chart(of_instants(raised, ["A"] * len(raised)))
    assert len(chart.svg()) < 150_000
    assert max(chart.figures["alarms_in_10_minutes"]) == chart.figures["peak_10_minutes"]
    assert "alarms in 10 minutes, most in each column" in words(parsed(chart))


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(ValueError, match="no alarm was raised from 1971"):
        alarm_chart(flooded(), 365 * DAY * SECOND, 366 * DAY * SECOND)
    with pytest.raises(ValueError, match="no alarm was raised"):
        alarm_chart(kpi.alarms_of(np.empty(0, dtype=np.int64)))
    both = kpi.alarms_of([0, 1], position=["A", "B"])
    with pytest.raises(ValueError, match="by operator position"):
        alarm_chart(both)


def test_priorities_that_the_standard_does_not_know_are_shown_without_a_recommendation() -> None:
    raised = np.arange(6, dtype=np.int64) * MINUTE
    said = words(parsed(alarm_chart(kpi.alarms_of(raised, priority=[1, 2, 3, 4, 5, None]))))
    assert said[said.index("Priority 5") + 2] == "—"
    assert said[said.index("Without a priority") + 1] == "1"


def test_times_are_round() -> None:
    assert step_of(5 * DAY * SECOND, 1000) == 12 * 3600 * SECOND
    assert written(2 * DAY * SECOND, 3600 * SECOND) == "3 Jan"
    assert written(DAY * SECOND + 3600 * SECOND, 3600 * SECOND) == "01:00"
    assert written(40 * DAY * SECOND, 90 * DAY * SECOND) == "Feb 1970"


def test_what_is_counted_has_no_halves() -> None:
    assert ticks(0, 12, 5, whole=True) == [0, 5, 10]
    assert ticks(0, 2, 5, whole=True) == [0, 1, 2]
    assert round_up(1, 5, whole=True) == 1
    assert 2.5 in ticks(0, 12, 5)


def test_the_largest_floods_are_listed_the_largest_first() -> None:
    raised = [day * 1440 * MINUTE + k * 10 * SECOND for day in range(7) for k in range(12 + day)]
    said = words(parsed(alarm_chart(of_instants(np.array(raised), ["A"] * len(raised)))))
    start = said.index("The 5 largest floods")
    assert said[start + 5 : start + 8] == ["1970-01-07 00:00 UTC", "12", "18"]
    calm = of_instants(np.arange(3, dtype=np.int64) * 60 * MINUTE, ["A"] * 3)
    assert not any("largest" in word for word in words(parsed(alarm_chart(calm))))


def test_what_is_manageable_is_neither_met_nor_missed() -> None:
    raised = np.arange(200, dtype=np.int64) * 432 * SECOND
    said = words(parsed(alarm_chart(of_instants(raised, ["A"] * 200), 0, DAY * SECOND)))
    assert said[said.index("Alarms a day") + 3] == "~ manageable"
