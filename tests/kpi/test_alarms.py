"""Alarm figures against hand-made journals, and against plain loops on random ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casparian.kpi import alarms as kpi
from casparian.kpi.alarms import limits
from casparian.kpi.alarms.records import NONE

SECOND = 1_000_000
MINUTE, HOUR, DAY = limits.MINUTE_US, limits.HOUR_US, limits.DAY_US
TEN = limits.TEN_MINUTES_US


def seconds(*at: float) -> list[int]:
    return [round(one * SECOND) for one in at]


def raised_at(*at: float, **columns: Any) -> kpi.Alarms:
    return kpi.alarms_of(seconds(*at), name=columns.pop("name", range(len(at))), **columns)


# -- columns ------------------------------------------------------------------------------------


def test_rows_with_what_is_missing() -> None:
    at = datetime(1970, 1, 1, 0, 0, 10, tzinfo=UTC)
    found = kpi.alarms_of_rows(
        [{"raised": at, "name": "A", "priority": 2}, {"raised": None, "cleared": at, "name": ""}]
    )
    assert found.raised.tolist() == [10 * SECOND, NONE]
    assert found.cleared.tolist() == [NONE, 10 * SECOND]
    assert found.priority.tolist() == [2, kpi.NO_PRIORITY]
    assert [found.names[i] for i in found.name] == ["A", "not given"]
    assert found.annunciated.tolist() == [True, False]


def test_instants_of_numpy() -> None:
    found = kpi.alarms_of(np.array(["1970-01-01T00:00:01", "NaT"], dtype="datetime64[s]"))
    assert found.raised.tolist() == [SECOND, NONE]


@pytest.mark.parametrize(
    "columns", [{"name": ["a"]}, {"cleared": [1]}, {"priority": [1]}, {"hidden": [True]}]
)
def test_columns_of_unequal_length_are_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="same length"):
        kpi.alarms_of([1, 2], **columns)


def test_a_priority_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="from 1"):
        kpi.alarms_of([1], priority=[-1])


# -- changes of state ---------------------------------------------------------------------------


def paired(
    rows: Sequence[tuple[str, str, int]], **columns: Any
) -> list[tuple[int, int | None, int | None, int | None, bool]]:
    series, state, at = zip(*rows, strict=True)
    found = kpi.occurrences_of(series, state, np.array(at), **columns)
    instants = [found.raised.tolist(), found.acked.tolist(), found.cleared.tolist()]
    shown = [[None if one == NONE else one for one in column] for column in instants]
    return list(zip(found.change.tolist(), *shown, found.hidden.tolist(), strict=True))


def test_changes_become_occurrences() -> None:
    rows = [
        ("B", "CLEAR", 5), ("B", "ACTIVE", 10), ("B", "CLEAR", 20), ("B", "ACTIVE", 30),
        ("A", "CLEAR", 30), ("A", "ACTIVE", 10), ("A", "ACK", 40), ("A", "EVENT", 11),
    ]  # fmt: skip
    assert paired(rows) == [
        (5, 10, 40, 30, False),  # acknowledged after it cleared
        (0, None, None, 5, False),  # its raise is not in the journal
        (1, 10, None, 20, False),
        (3, 30, None, None, False),  # still open
    ]


def test_an_alarm_that_is_raised_twice_has_two_occurrences() -> None:
    rows = [("A", "ACTIVE", 10), ("A", "ACTIVE", 20), ("A", "ACK", 21), ("A", "ACK", 25)]
    assert paired(rows) == [(0, 10, None, None, False), (1, 20, 21, None, False)]


def test_what_is_raised_while_shelved_is_hidden() -> None:
    rows = [
        ("A", "ACTIVE", 1), ("A", "SHELVED", 2), ("A", "CLEAR", 3), ("A", "ACTIVE", 4),
        ("A", "UNSHELVED", 6), ("A", "ACTIVE", 7), ("B", "ACTIVE", 5),
    ]  # fmt: skip
    assert [(row[1], row[4]) for row in paired(rows)] == [
        (1, False), (4, True), (7, False), (5, False),
    ]  # fmt: skip


def test_hiding_is_of_the_alarm_and_pairing_by_id() -> None:
    rows = [("1", "SUPPRESSED", 1), ("2", "ACTIVE", 2), ("3", "ACTIVE", 3)]
    found = paired(rows, alarm=["T", "T", "U"], shelved=[False, False, True])
    assert found == [(1, 2, None, None, True), (2, 3, None, None, True)]


def test_no_changes() -> None:
    assert len(kpi.occurrences_of([], [], np.array([], dtype=np.int64)).raised) == 0


# -- ends ---------------------------------------------------------------------------------------


def test_without_a_clear_an_alarm_ends_when_it_is_raised_again() -> None:
    found = kpi.alarms_of([10, 30, 50, 20], [None, 40, None, None], ["A", "A", "A", "B"])
    assert found.ended(100).tolist() == [30, 40, 100, 100]
    assert found.ended(35).tolist() == [30, 35, 35, 35]


# -- rates --------------------------------------------------------------------------------------


def test_windows_are_half_open() -> None:
    found = kpi.counts(raised_at(0, 599.999999, 600, 1200), 0, 2 * TEN, TEN)
    assert found.tolist() == [[2, 1]]


def test_rates_of_two_positions() -> None:
    found = kpi.alarms_of(
        seconds(*range(12), 3600, 90000, 5),
        position=["P1"] * 14 + ["P2"],
        hidden=[False] * 14 + [True],
    )
    told = kpi.rates(found, 0, DAY)
    assert told.alarms.tolist() == [13, 0]
    assert told.a_day.tolist() == [13.0, 0.0]
    assert told.an_hour.tolist() == pytest.approx([13 / 24, 0.0])
    assert told.peak_10_minutes.tolist() == [12, 0]
    assert told.peak_hour.tolist() == [12, 0]
    assert (told.band_ratio * 144).round().tolist() == [[143, 0, 0, 1], [144, 0, 0, 0]]


def test_bands_have_their_upper_limit() -> None:
    names = [kpi.band_of(rate) for rate in (0, 1, 1.5, 2, 10, 10.5)]
    assert names == [
        "acceptable", "acceptable", "manageable", "manageable", "over-demanding", "unacceptable",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="zero or more"):
        kpi.band_of(float("nan"))


def test_an_empty_period_is_refused() -> None:
    with pytest.raises(ValueError, match="period"):
        kpi.rates(raised_at(1), 5, 5)
    with pytest.raises(ValueError, match="period"):
        kpi.standing(raised_at(1), 5, 5)


# -- floods -------------------------------------------------------------------------------------


def spans(found: kpi.Floods) -> list[tuple[float, float, int, int]]:
    return [
        (start / SECOND, end / SECOND, count, peak)
        for start, end, count, peak in zip(
            found.start.tolist(), found.end.tolist(), found.alarms.tolist(), found.peak.tolist(),
            strict=True,
        )
    ]  # fmt: skip


def test_ten_alarms_are_no_flood_and_eleven_are() -> None:
    assert spans(kpi.floods(raised_at(*range(10)))) == []
    # the window holds fewer than five when the seventh has left it
    assert spans(kpi.floods(raised_at(*range(11)))) == [(0, 606, 11, 11)]


def test_the_window_is_half_open() -> None:
    assert spans(kpi.floods(raised_at(0, *range(591, 601)))) == []
    found = spans(kpi.floods(raised_at(0.000001, *range(591, 601))))
    assert found == [(0.000001, 1196, 11, 11)]


def test_alarms_of_one_instant_are_counted_together() -> None:
    assert spans(kpi.floods(raised_at(*[5] * 11))) == [(5, 605, 11, 11)]


def test_a_flood_goes_on_while_five_are_left() -> None:
    # eleven at once, then one every two minutes: five stay in the window
    slow = [120 * k for k in range(1, 11)]
    found = spans(kpi.floods(raised_at(*[0] * 11, *slow)))
    assert found == [(0, 1320, 21, 15)]
    # one every 150 s: four are left when the eleven have gone
    found = spans(kpi.floods(raised_at(*[0] * 11, *[150 * k for k in range(1, 9)])))
    assert found == [(0, 600, 14, 14)]


def test_a_second_flood_does_not_begin_before_the_first_ended() -> None:
    # four alarms before 600 s are in the window that starts the second flood
    again = [*[0] * 11, 590, 591, 592, 593, *[700] * 7]
    assert spans(kpi.floods(raised_at(*again))) == [(0, 600, 15, 15), (700, 1300, 7, 11)]


def test_positions_flood_by_themselves() -> None:
    places = ["P1", "P2"] * 11
    found = kpi.alarms_of(seconds(*range(22)), position=places)
    assert spans(kpi.floods(found)) == [(0, 612, 11, 11), (1, 613, 11, 11)]
    assert spans(kpi.floods(kpi.alarms_of(seconds(*range(20)), position=places[:20]))) == []
    assert kpi.flood_seconds(kpi.floods(found), 2, 0, 600 * SECOND).tolist() == [600.0, 599.0]


def test_limits_of_floods_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="must end"):
        kpi.floods(raised_at(1), above=3, ends_below=5)


def looped_floods(at: list[int], above: int, below: int, width: int) -> list[tuple[int, ...]]:
    """By asking for the rate at every second."""
    found, begun, last = [], None, -(10**9)
    for now in range(min(at), max(at) + width + 1):
        window = [one for one in at if now - width < one <= now]
        if begun is None and len(window) > above:
            begun, peak = max(window[0], min(one for one in at if one >= last)), 0
        if begun is not None:
            peak = max(peak, len(window))
            if len(window) < below:
                held = [one for one in at if begun <= one < now]
                found.append((begun, now, len(held), peak))
                begun, last = None, now
    return found


@given(st.lists(st.integers(0, 150), min_size=1, max_size=60))
def test_floods_are_those_of_a_plain_loop(at: list[int]) -> None:
    at = sorted(at)
    found = kpi.floods(kpi.alarms_of(at), above=4, ends_below=2, width_us=10)
    mine = list(
        zip(*(c.tolist() for c in (found.start, found.end, found.alarms, found.peak)), strict=True)
    )
    assert mine == looped_floods(at, 4, 2, 10)


# -- nuisance -----------------------------------------------------------------------------------


def test_three_in_less_than_a_minute_chatter() -> None:
    found = raised_at(0, 30, 60, 59.999999, 200, 201, name=["A", "A", "A", "B", "A", "A"])
    assert not kpi.chattering(found).any()
    found = raised_at(0, 30, 59.999999, 80, 89, 200, name=["A"] * 6)
    assert kpi.chattering(found).tolist() == [True, True, True, True, True, False]


def test_different_alarms_positions_and_hidden_ones_do_not_chatter_together() -> None:
    assert not kpi.chattering(raised_at(0, 1, 2, name=["A", "B", "A"])).any()
    assert not kpi.chattering(raised_at(0, 1, 2, name="AAA", position=["P", "P", "Q"])).any()
    assert not kpi.chattering(raised_at(0, 1, 2, name="AAA", hidden=[True, False, False])).any()
    with pytest.raises(ValueError, match="once"):
        kpi.chattering(raised_at(0), times=1)


def test_fleeting_alarms_clear_within_a_minute_and_do_not_chatter() -> None:
    found = kpi.alarms_of(
        seconds(0, 0, 0, 100, 110, 120), [*seconds(59.999999, 60), None, *seconds(101, 111, 121)],
        ["A", "B", "C", "D", "D", "D"],
    )  # fmt: skip
    assert kpi.fleeting(found).tolist() == [True, False, False, False, False, False]


def test_stale_alarms_stand_for_more_than_a_day() -> None:
    found = kpi.alarms_of(
        [0, 1, 0, None, 0, 0], [None, None, DAY, None, None, None], ["A", "B", "C", "D", "E", "A"],
        hidden=[False, False, False, False, True, False],
    )  # fmt: skip
    assert kpi.stale(found, DAY).tolist() == [False] * 6
    # the second A took the place of the first
    assert kpi.stale(found, DAY + 1).tolist() == [False, False, False, False, False, True]
    assert kpi.stale(found, DAY + 2).tolist() == [False, True, False, False, False, True]


# -- standing -----------------------------------------------------------------------------------


def test_standing_alarms() -> None:
    found = kpi.alarms_of(
        [*seconds(10, 20), None], [*seconds(20, 40), 15 * SECOND], ["A", "B", "C"]
    )
    assert kpi.standing_at(found, seconds(9, 10, 15, 20, 39, 40)).tolist() == [1, 2, 1, 1, 1, 0]
    told = kpi.standing(found, 0, 40 * SECOND)
    assert told.average.tolist() == [(10 + 20 + 15) / 40]
    assert (told.peak.tolist(), told.at_end.tolist()) == ([2], [1])


def test_hidden_alarms_do_not_stand() -> None:
    told = kpi.standing(raised_at(1, hidden=[True]), 0, MINUTE)
    assert (told.average.tolist(), told.peak.tolist()) == ([0.0], [0])


# -- operators ----------------------------------------------------------------------------------


def test_the_mix_of_priorities() -> None:
    found = kpi.alarms_of(range(10), priority=[1, 2, 2, 3, 3, 3, 3, None, 9, 1],
                          hidden=[False] * 9 + [True])  # fmt: skip
    told = kpi.priority_mix(found)
    assert (told.alarms.tolist(), told.not_given) == ([1, 2, 4], 2)
    assert told.share_ratio.tolist() == pytest.approx([1 / 7, 2 / 7, 4 / 7])
    assert told.recommended.tolist() == [0.05, 0.15, 0.80]
    assert np.isnan(kpi.priority_mix(found, (1, 2)).recommended).all()
    assert np.isnan(kpi.priority_mix(kpi.alarms_of([]), (1, 2, 3)).share_ratio).all()
    with pytest.raises(ValueError, match="each once"):
        kpi.priority_mix(found, (1, 1))


def test_acknowledgement() -> None:
    found = kpi.alarms_of(seconds(0, 10, 20, 30), acked=[*seconds(5, 25, 19), None], name="ABCD")
    told = kpi.acknowledgement(found)  # C was noted before it was raised
    assert (told.acknowledged, told.unacknowledged) == (2, 2)
    assert (told.mean_s, told.median_s, told.most_s) == (10.0, 10.0, 15.0)
    assert np.isnan(kpi.acknowledgement(raised_at(1)).mean_s)


def test_bad_actors() -> None:
    told = kpi.bad_actors(raised_at(*range(7), name="BBAACCC"), 2)
    assert told.name == ("C", "A")
    assert told.alarms.tolist() == [3, 2]
    assert told.cumulative_ratio.tolist() == pytest.approx([3 / 7, 5 / 7])
    assert kpi.bad_actors(kpi.alarms_of([None], [1])).name == ()


# -- all of it ----------------------------------------------------------------------------------

journal = st.lists(
    st.tuples(
        st.integers(0, 3 * 86_400), st.one_of(st.none(), st.integers(0, 100_000)),
        st.sampled_from("ABC"), st.sampled_from("PQ"), st.sampled_from([None, 1, 2, 3]),
        st.booleans(),
    ),
    max_size=60,
)  # fmt: skip


def alarms_of(rows: list[tuple[Any, ...]], shift: int = 0) -> kpi.Alarms:
    """With both positions whatever the rows hold; the last two rows lie outside every period."""
    rows = [*rows, (10**9, None, "A", "P", None, True), (10**9, None, "B", "Q", None, True)]
    return kpi.alarms_of(
        [r[0] * SECOND + shift for r in rows],
        [None if r[1] is None else (r[0] + r[1]) * SECOND + shift for r in rows],
        [r[2] for r in rows],
        acked=[r[0] * SECOND + shift + 7 for r in rows],
        position=[r[3] for r in rows],
        priority=[r[4] for r in rows],
        hidden=[r[5] for r in rows],
    )


def figures(report: kpi.Performance) -> list[Any]:
    flat = [*vars(report.rates).values(), *vars(report.standing).values()]
    flat += [value for key, value in vars(report).items() if isinstance(value, np.ndarray)]
    return [np.nan_to_num(np.asarray(column), nan=-1.0).round(9).tolist() for column in flat]


@given(journal, st.integers(-(10**15), 10**15))
def test_shifting_time_changes_nothing(rows: list[tuple[Any, ...]], shift: int) -> None:
    before = kpi.performance(alarms_of(rows), 0, 2 * DAY)
    after = kpi.performance(alarms_of(rows, shift), shift, shift + 2 * DAY)
    assert figures(before) == figures(after)


@given(journal, st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(rows: list[tuple[Any, ...]], random: Any) -> None:
    # of two equal raises without a clear it does not matter which one ends the other
    rows = list({(r[0], r[2], r[3]): r for r in rows}.values())
    mixed = random.sample(rows, len(rows))
    period = (0, 2 * DAY)
    one, other = (
        kpi.performance(alarms_of(rows), *period),
        kpi.performance(alarms_of(mixed), *period),
    )
    assert figures(one) == figures(other)


@given(journal, st.integers(1, 47))
def test_counts_of_two_periods_add_up(rows: list[tuple[Any, ...]], hour: int) -> None:
    found = alarms_of(rows)
    cut = hour * HOUR
    whole, *parts = (kpi.performance(found, *p) for p in ((0, 2 * DAY), (0, cut), (cut, 2 * DAY)))
    for name in ("chattering", "fleeting", "nuisance", "hidden", "acknowledged", "flood_count",
                 "flood_alarms", "flood_s", "without_raise"):  # fmt: skip
        sums = sum(getattr(part, name) for part in parts)
        assert np.allclose(sums, getattr(whole, name)), name
    assert (sum(part.rates.alarms for part in parts) == whole.rates.alarms).all()
    time = parts[0].standing.average * cut + parts[1].standing.average * (2 * DAY - cut)
    assert np.allclose(time / (2 * DAY), whole.standing.average)
    assert (np.max([p.standing.peak for p in parts], axis=0) <= whole.standing.peak).all()


def test_a_plant_without_alarms() -> None:
    report = kpi.performance(kpi.alarms_of([], position=[]), 0, DAY)
    assert report.positions == ()
    assert kpi.floods(kpi.alarms_of([])).alarms.tolist() == []
