"""Series in time: gaps by a tag's rhythm, values between readings, windows against a plain loop."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.kpi.timeseries import (
    DAY,
    KINDS,
    edges,
    gaps,
    interpolate,
    local_edges,
    rhythm,
    roll_up,
)

SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


def micros(text: str) -> int:
    return (
        int((datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        * SECOND
    )


# gaps


def test_a_steady_tag_has_a_gap_where_readings_are_missing() -> None:
    at = np.delete(np.arange(100) * MINUTE, [40, 41, 42, 80])
    usual = rhythm(at)
    assert usual.interval == MINUTE
    assert gaps(at, usual.longest).tolist() == [39]  # one missing reading alone is no gap


def test_jitter_is_no_gap() -> None:
    noise = np.random.default_rng(3).uniform(-0.3, 0.3, 5000)
    at = ((np.arange(5000) + noise) * MINUTE).astype(np.int64)
    assert not len(gaps(at, rhythm(at).longest))
    late = np.where(np.arange(5000) >= 2500, at + 10 * MINUTE, at)
    assert gaps(late, rhythm(late).longest).tolist() == [2499]


def test_a_tag_that_is_logged_when_it_changes() -> None:
    """Waiting times of a Poisson process have no upper end, but an outage stands out."""
    waits = np.random.default_rng(5).exponential(30 * SECOND, 20_000)
    waits[7000] = 3 * HOUR
    at = np.cumsum(waits).astype(np.int64)
    found = gaps(at, rhythm(at).longest).tolist()
    assert 6999 in found and len(found) <= 2


def test_a_slow_rhythm_beside_a_fast_one_is_usual() -> None:
    """Logged each second while it moves, and at least every ten minutes when it rests."""
    waits = np.where(np.arange(2000) % 10 == 9, 600, 1) * SECOND
    waits[999] = 7200 * SECOND
    at = np.cumsum(waits)
    assert gaps(at, rhythm(at).longest).tolist() == [998]


def test_the_interval_of_the_tag_list_counts() -> None:
    at = np.array([0, 60, 120, 400]) * SECOND
    assert rhythm(at, interval=600 * SECOND).longest == 1800 * SECOND
    assert not len(gaps(at, rhythm(at, interval=600 * SECOND).longest))


def test_too_few_readings_have_no_rhythm() -> None:
    for count in (0, 1):
        usual = rhythm(np.arange(count))
        assert math.isinf(usual.interval) and math.isinf(usual.longest)
    assert rhythm(np.zeros(1, int), interval=10).longest == 30
    assert math.isinf(rhythm(np.array([5, 5])).interval)


# interpolation


def test_step_holds_and_linear_draws_but_never_over_a_gap() -> None:
    at, value = np.array([0, 10, 100, 110]), np.array([0.0, 1.0, 5.0, 6.0])
    where = np.array([-1, 0, 5, 10, 50, 105, 112, 200])
    nan = math.nan
    for how, expected, kinds in (
        ("none", [nan, 0, nan, 1, nan, nan, nan, nan], "- m - m - - - -"),
        ("step", [nan, 0, 0, 1, nan, 5, nan, nan], "- m s m - s - -"),
        ("linear", [nan, 0, 0.5, 1, nan, 5.5, nan, nan], "- m l m - l - -"),
    ):
        found, kind = interpolate(at, value, where, how, longest=20)
        np.testing.assert_array_equal(found, expected)
        assert " ".join(KINDS[k][0].replace("n", "-") for k in kind) == kinds


def test_an_unknown_value_is_not_filled() -> None:
    at, value = np.array([0, 10, 20]), np.array([1.0, math.nan, 3.0])
    for how in ("none", "step", "linear"):
        found, kind = interpolate(at, value, np.array([10, 12, 5]), how)
        assert np.isnan(found[:2]).all() and not kind[:2].any()
    assert interpolate(at, value, np.array([5]), "step")[0].tolist() == [1.0]
    with pytest.raises(ValueError, match="cubic"):
        interpolate(at, value, at, "cubic")


series = st.lists(
    st.tuples(st.integers(0, 500), st.floats(-1e6, 1e6)), min_size=1, max_size=40,
    unique_by=lambda pair: pair[0],
)  # fmt: skip


@given(series, st.sampled_from(["none", "step", "linear"]), st.integers(1, 100))
def test_interpolating_at_the_readings_changes_nothing(
    pairs: list[tuple[int, float]], how: str, longest: int
) -> None:
    pairs.sort()
    at, value = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    found, kind = interpolate(at, value, at, how, longest)
    np.testing.assert_array_equal(found, value)
    assert (kind == KINDS.index("measured")).all()


@given(series, st.integers(1, 100))
def test_no_line_leaves_its_two_readings(pairs: list[tuple[int, float]], longest: int) -> None:
    pairs.sort()
    at, value = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    where = np.arange(-5, 510)
    found, kind = interpolate(at, value, where, "linear", longest)
    for instant, number, how in zip(where, found, kind, strict=True):
        inside = int(np.searchsorted(at, instant, side="right")) - 1
        if how:
            ends = value[inside : inside + 2]
            assert ends.min() - 1e-6 <= number <= ends.max() + 1e-6
        elif 0 <= inside < len(at) - 1:
            assert at[inside + 1] - at[inside] > longest


# windows


def test_windows_are_aligned_to_the_epoch() -> None:
    assert edges(-5, 5, 10).tolist() == [-10, 0, 10]
    assert edges(0, 20, 10).tolist() == [0, 10, 20]
    assert edges(3, 7, 10, origin=2).tolist() == [2, 12]
    assert edges(3, 3, 10).tolist() == [0]


def test_days_of_a_zone_have_23_and_25_hours() -> None:
    spring = local_edges(
        micros("2025-03-29T12:00+00:00"), micros("2025-03-31T12:00+00:00"), DAY, "Europe/Berlin"
    )
    assert (np.diff(spring) / HOUR).tolist() == [24, 23, 24]
    assert spring[0] == micros("2025-03-28T23:00+00:00")
    autumn = local_edges(
        micros("2025-10-26T00:00+00:00"), micros("2025-10-26T12:00+00:00"), DAY, "Europe/Berlin"
    )
    assert (np.diff(autumn) / HOUR).tolist() == [25]


def test_a_production_day_starts_with_the_shift() -> None:
    six = timedelta(hours=6)
    found = local_edges(
        micros("2025-10-25T03:30+00:00"),
        micros("2025-10-26T05:00+00:00"),
        DAY,
        "Europe/Berlin",
        six,
    )
    # 05:30 local is still the day before; the clocks go back in the night that follows
    assert found.tolist() == [
        micros(text)
        for text in ("2025-10-24T04:00+00:00", "2025-10-25T04:00+00:00", "2025-10-26T05:00+00:00")
    ]


def test_hours_of_a_zone_begin_with_its_day() -> None:
    """A zone of half hours, and a length that does not divide a day."""
    begin = micros("2025-06-01T00:00+05:30")
    assert local_edges(begin, begin + 1, HOUR, "Asia/Kolkata").tolist() == [begin, begin + HOUR]
    sevens = local_edges(begin, begin + DAY, 7 * HOUR, "Asia/Kolkata")
    assert (np.diff(sevens) / HOUR).tolist() == [7, 7, 7, 3]


def test_several_days_count_from_1970() -> None:
    week = local_edges(
        micros("2025-01-09T12:00+00:00"), micros("2025-01-10T12:00+00:00"), 7 * DAY, "UTC"
    )
    assert len(week) == 2 and week[0] % (7 * DAY) == 0  # 1970-01-01 was a Thursday


def plainly(
    rows: list[tuple[int, int, float, bool]], bounds: list[int], longest: float
) -> dict[tuple[int, int], dict[str, float]]:
    """One loop after the definition: microsecond by microsecond for what holds."""
    found: dict[tuple[int, int], dict[str, float]] = {}
    for tag in sorted({row[0] for row in rows}):
        own = sorted(row for row in rows if row[0] == tag)
        for place, (start, end) in enumerate(pairwise(bounds)):
            inside = [row for row in own if start <= row[1] < end and not math.isnan(row[2])]
            held = []
            for one, row in enumerate(own):
                stop = own[one + 1][1] if one + 1 < len(own) else row[1]
                if stop - row[1] > longest:
                    continue
                span = max(0, min(stop, end) - max(row[1], start))
                if not math.isnan(row[2]):
                    held.append((row[2], row[3], span))
            time = sum(span for *_, span in held)
            if not inside and not time:
                continue
            values = [row[2] for row in inside]
            nan = math.nan
            found[tag, place] = {
                "count": len(inside),
                "min": min(values, default=nan),
                "max": max(values, default=nan),
                "mean": sum(values) / len(values) if values else nan,
                "std": float(np.std(values, ddof=1)) if len(values) > 1 else nan,
                "first": values[0] if values else nan,
                "last": values[-1] if values else nan,
                "good_ratio": sum(row[3] for row in inside) / len(inside) if inside else nan,
                "time_mean": sum(v * span for v, _, span in held) / time if time else nan,
                "covered_ratio": time / (end - start),
                "good_time_ratio": sum(s for _, g, s in held if g) / (end - start),
            }
    return found


rows_of_tags = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(-50, 300),
        st.one_of(st.just(math.nan), st.integers(-999, 999).map(lambda n: n / 8)), st.booleans(),
    ),
    min_size=1, max_size=60, unique_by=lambda row: (row[0], row[1]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    rows=rows_of_tags,
    bounds=st.one_of(
        st.lists(st.integers(0, 250), min_size=2, max_size=9, unique=True).map(sorted),
        st.integers(3, 90).map(lambda length: edges(0, 250, length).tolist()),
    ),
    longest=st.one_of(st.just(math.inf), st.integers(1, 200)),
)
def test_windows_equal_a_plain_loop(
    rows: list[tuple[int, int, float, bool]], bounds: list[int], longest: float
) -> None:
    tag, at, value, good = (np.array(column) for column in zip(*rows, strict=True))
    rolled = roll_up(tag, at, value, good, np.array(bounds), longest)
    expected = plainly(rows, bounds, longest)
    assert list(zip(rolled.tag.tolist(), rolled.window.tolist(), strict=True)) == [
        key for key in sorted(expected) if not _empty(expected[key])
    ]
    for place, key in enumerate(zip(rolled.tag.tolist(), rolled.window.tolist(), strict=True)):
        for name, number in expected[key].items():
            assert getattr(rolled, name)[place] == pytest.approx(number, nan_ok=True, abs=1e-9), (
                name
            )


def _empty(row: dict[str, float]) -> bool:
    return row["count"] == 0 and not row["covered_ratio"]


@given(st.floats(-1e9, 1e9), st.lists(st.integers(0, 10_000), min_size=2, max_size=50, unique=True))
def test_every_mean_of_a_constant_is_that_constant(number: float, instants: list[int]) -> None:
    at = np.array(sorted(instants))
    value = np.full(len(at), number)
    rolled = roll_up(
        np.zeros(len(at), int), at, value, np.ones(len(at), bool), edges(0, 10_001, 97)
    )
    for mean in (rolled.mean, rolled.time_mean, rolled.min, rolled.max):
        assert set(mean[~np.isnan(mean)].tolist()) <= {number}
    assert np.nansum(rolled.std) == 0


@given(rows_of_tags, st.integers(5, 60))
def test_small_windows_add_up_to_large_ones(
    rows: list[tuple[int, int, float, bool]], length: int
) -> None:
    tag, at, value, good = (np.array(column) for column in zip(*rows, strict=True))
    small = roll_up(tag, at, value, good, edges(0, 12 * length, length), 40)
    large = roll_up(tag, at, value, good, edges(0, 12 * length, 3 * length), 40)
    for place in range(len(large)):
        own = small.take(
            (small.tag == large.tag[place]) & (small.window // 3 == large.window[place])
        )
        assert own.count.sum() == large.count[place]
        assert own.covered_ratio.sum() == pytest.approx(3 * large.covered_ratio[place])
        covered = own.covered_ratio
        if covered.any():
            weighted = np.nansum(own.time_mean * covered) / covered.sum()
            assert weighted == pytest.approx(large.time_mean[place])


def test_many_chunks_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    tag = np.repeat(np.arange(40), 25)
    at = np.concatenate([np.sort(random.choice(1000, 25, replace=False)) for _ in range(40)])
    value, good = random.normal(size=1000), random.random(1000) > 0.1
    whole = roll_up(tag, at, value, good, edges(0, 1000, 100), 60)
    monkeypatch.setattr("casparian.kpi.timeseries.windows.CHUNK", 64)
    mixed = random.permutation(1000)
    parts = roll_up(tag[mixed], at[mixed], value[mixed], good[mixed], edges(0, 1000, 100), 60)
    np.testing.assert_array_equal(whole.count, parts.count)
    np.testing.assert_allclose(whole.time_mean, parts.time_mean)


def test_nothing_gives_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert len(roll_up(none, none, none.astype(float), none.astype(bool), edges(0, 10, 1))) == 0
    one = np.zeros(1, dtype=np.int64)
    assert len(roll_up(one, one, one.astype(float), one.astype(bool), edges(5, 5, 1))) == 0
    with pytest.raises(ValueError, match="differ"):
        roll_up(one, none, none.astype(float), none.astype(bool), edges(0, 10, 1))
