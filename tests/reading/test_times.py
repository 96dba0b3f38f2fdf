"""Times: every way of writing them, both passes of the hour that occurs twice, nothing guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casparian.reading.base import UnreadableFile
from casparian.reading.times import Clock, Layout, detect_layout, zone

NIGHTS = {  # zone: the instant at which the clocks go back in 2025
    "Europe/Berlin": datetime(2025, 10, 26, 1, tzinfo=UTC),
    "America/Chicago": datetime(2025, 11, 2, 7, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2025, 4, 5, 15, tzinfo=UTC),
}


def utc(
    texts: list[str | None], zone_name: str | None = None, layout: Layout | None = None
) -> list[str | None]:
    found = Clock(zone_name, layout).utc(pa.array(texts, pa.string())).to_pylist()
    return [None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.%f") for at in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-10-25T10:30:00Z", "2025-10-25T10:30:00.000000"),
        ("2025-10-25 10:30:00+02:00", "2025-10-25T08:30:00.000000"),
        ("2025-10-25T10:30:00.5-0530", "2025-10-25T16:00:00.500000"),
        ("2025-10-25T10:30:00.123456789Z", "2025-10-25T10:30:00.123456"),
        ("2025-10-25T10:30:00.1234567", "2025-10-25T10:30:00.123456"),
        ("2025-10-25 10:30:00,25", "2025-10-25T10:30:00.250000"),
        ("2025/10/25 10:30", "2025-10-25T10:30:00.000000"),
        ("2025-10-25 10", "2025-10-25T10:00:00.000000"),
        ("2025-10-25", "2025-10-25T00:00:00.000000"),
        (" 2025-10-25 10:30:00 ", "2025-10-25T10:30:00.000000"),
        ("1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999"),
        ("0001-01-01 00:00:00", "0001-01-01T00:00:00.000000"),
        ("9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999"),
    ],
)
def test_iso_forms(text: str, expected: str) -> None:
    expected = expected if not expected.startswith("0001") else "1-01-01T00:00:00.000000"
    assert utc([text]) == [expected]
    assert utc([text, "rubbish"]) == [expected, None], (
        "the same beside a text that Arrow cannot read"
    )


@pytest.mark.parametrize(
    "text",
    ["rubbish", "2025-13-01 00:00", "2025-02-30", "24:00", "2025-10-25 25:00:00",
     "2025-10-25 10:61",
     "2025-10-25 10:00:00+25:00", "2025-10-25 13:00 PM", "12025-01-01", "-999",
     "45000", "2025-10-25 24:00:01"],
)  # fmt: skip
def test_unreadable_is_null(text: str) -> None:
    assert utc([text]) == [None]
    assert utc(["2025-10-25 10:00:00", text]) == ["2025-10-25T10:00:00.000000", None]


@pytest.mark.parametrize(
    ("texts", "zone_name", "order"),
    [
        (["25.10.2025 10:00:00"], None, "dmy"),
        (["10/25/2025 10:00"], None, "mdy"),
        (["01/02/2025", "13/02/2025"], "America/Chicago", "dmy"),
        (["01/02/2025"], "America/Chicago", "mdy"),
        (["01/02/2025"], "Europe/Berlin", "dmy"),
        (["2025-01-02"], "America/Chicago", "ymd"),
        ([None, "", "25-10-2025"], None, "dmy"),
    ],
)
def test_layout_is_told_by_the_samples(
    texts: list[str | None], zone_name: str | None, order: str
) -> None:
    assert detect_layout(texts, zone_name).order == order


def test_local_layouts() -> None:
    assert utc(["25.10.2025 10:30:00,250"], None, Layout("dmy")) == ["2025-10-25T10:30:00.250000"]
    assert utc(["10/25/2025 1:05:00 PM", "10/25/2025 12:00 am"], None, Layout("mdy")) == [
        "2025-10-25T13:05:00.000000",
        "2025-10-25T00:00:00.000000",
    ]
    assert utc(["25.10.2025 10:30"], "Europe/Berlin", Layout("dmy")) == [
        "2025-10-25T08:30:00.000000"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08-Jan-26 10:30:00.123", "2026-01-08T10:30:00.123000"),
        ("08-Jan-2026 10:30:00.1234567", "2026-01-08T10:30:00.123456"),
        ("8. Januar 2026 10:30", "2026-01-08T10:30:00.000000"),
        ("08-MÄR-26 10:30:00", "2026-03-08T10:30:00.000000"),
        ("8 août 2026 10:30:00", "2026-08-08T10:30:00.000000"),
        ("8 févr. 2026", "2026-02-08T00:00:00.000000"),
        ("08/01/26 10:30:00", "2026-01-08T10:30:00.000000"),
        ("08.01.69 10:30:00", "1969-01-08T10:30:00.000000"),
        ("08.01.2026, 10:30:00,5", "2026-01-08T10:30:00.500000"),
        ("08.01.2026 10:30:00:250", "2026-01-08T10:30:00.250000"),
        ("Jan 8, 2026 1:30:00 PM", "2026-01-08T13:30:00.000000"),
        ("Thursday, January 8, 2026 10:30:00 AM", "2026-01-08T10:30:00.000000"),
        ("2026-Jan-08 10:30", "2026-01-08T10:30:00.000000"),
        ("20260108T103000Z", "2026-01-08T10:30:00.000000"),
        ("20260108 103000.25", "2026-01-08T10:30:00.250000"),
        ("20260108103000", "2026-01-08T10:30:00.000000"),
        ("20260108", "2026-01-08T00:00:00.000000"),
        ("08/01/2026 10:30:00 a. m.", "2026-01-08T10:30:00.000000"),
        ("08/01/2026 10:30:00+01:00", "2026-01-08T09:30:00.000000"),
        ("2026-01-08 10:30:00 UTC", "2026-01-08T10:30:00.000000"),
        ("2026-01-08 10:30:00 CET", "2026-01-08T09:30:00.000000"),
        ("2026-01-08 10:30:00 EST", "2026-01-08T15:30:00.000000"),
        ("2026-01-08 10:30 GMT+1", "2026-01-08T09:30:00.000000"),
        ("2026-01-08 10:30 UTC-03:30", "2026-01-08T14:00:00.000000"),
        ("Thu Jan  8 10:30:00 2026", "2026-01-08T10:30:00.000000"),
        ("Thu Jan 08 10:30:00 CET 2026", "2026-01-08T09:30:00.000000"),
        ("08 01 2026 10:30", "2026-01-08T10:30:00.000000"),
        ("08/01/2026 10.30.05", "2026-01-08T10:30:05.000000"),
        ("2026-01-08-10.30.05.123456", "2026-01-08T10:30:05.123456"),
        ("08.01.2026 24:00:00", "2026-01-09T00:00:00.000000"),
        ("2026-12-31 24:00", "2027-01-01T00:00:00.000000"),
        ("1er déc. 2026 10:30", "2026-12-01T10:30:00.000000"),
        ("8 de enero de 2026 10:30", "2026-01-08T10:30:00.000000"),
        ("January 8th, 2026 3:04 PM", "2026-01-08T15:04:00.000000"),
    ],
)
def test_forms_of_other_places(text: str, expected: str) -> None:
    """Alone and beside others, whichever way is taken for many."""
    assert utc([text, "rubbish"], None, Layout("dmy")) == [expected, None]
    assert utc([text, None, *["08.01.2026 10:30:00"] * 3], None, Layout("dmy"))[0] == expected


@pytest.mark.parametrize(
    "text",
    ["31-Feb-26", "08-Xyz-26", "08.13.2026 10:00:00", "08.01.2026 24:00:01", "8.1.2026 10:61:00",
     "08.01.2026 13:00:00 PM", "08.01.2026 10:00:60", "1.2.3", "08-Jan", "20261308"],
)  # fmt: skip
def test_what_no_clock_shows_is_null(text: str) -> None:
    assert utc([text, "08.01.2026 10:30:00"], None, Layout("dmy"))[0] is None


@pytest.mark.parametrize(
    ("texts", "number", "expected"),
    [
        (["45678.5", "45678.5006944444"], "excel", "2025-01-21T12:01:00.000000"),
        (["45678,5", "45678,75"], "excel", "2025-01-21T18:00:00.000000"),
        (["1767868200", "1767868260"], "s", "2026-01-08T10:31:00.000000"),
        (["1767868200", "1767868200.1234567"], "s", "2026-01-08T10:30:00.123456"),
        (["1767868200000", "1767868200123"], "ms", "2026-01-08T10:30:00.123000"),
        (["1767868200000", "1767868200123.4567"], "ms", "2026-01-08T10:30:00.123456"),
        (["1767868200000000", "1767868200000001"], "us", "2026-01-08T10:30:00.000001"),
        (["1767868200000000000", "1767868200000001999"], "ns", "2026-01-08T10:30:00.000001"),
        (["134123418000000000", "134123418000000010"], "filetime", "2026-01-08T10:30:00.000001"),
        (["639034650000000000", "639034650000000010"], "ticks", "2026-01-08T10:30:00.000001"),
    ],
)
def test_numbers_are_times_where_the_samples_say_so(
    texts: list[str], number: str, expected: str
) -> None:
    layout = detect_layout(texts)
    assert layout.number == number
    assert utc([*texts, "rubbish", None, "5"], None, layout)[1:] == [expected, None, None, None]


def test_excel_days_are_local_and_epochs_are_not() -> None:
    assert utc(["45678.5"], "Europe/Berlin", Layout(number="excel")) == [
        "2025-01-21T11:00:00.000000"
    ]
    assert utc(["1767868200"], "Europe/Berlin", Layout(number="s")) == [
        "2026-01-08T10:30:00.000000"
    ]


@pytest.mark.parametrize(
    "texts", [["45678.5", "x"], ["45678", "1767868200"], ["5"], [], ["20260108", "20260109"]]
)
def test_numbers_are_not_guessed_record_by_record(texts: list[str]) -> None:
    assert detect_layout(texts).number is None


@pytest.mark.parametrize(
    ("texts", "order", "guessed"),
    [
        (["26/01/08 10:00", "26/01/09 10:00"], "yy", False),
        (["08/01/26", "09/01/26"], "dmy", True),
        (["01/02/2026 1:05:00 PM"], "mdy", True),
        (["01.02.2026 10:00"], "dmy", False),
        (["08-Jan-26"], "dmy", False),
        (["Jan 8, 2026"], "mdy", False),
    ],
)
def test_orders_and_whether_they_were_guessed(texts: list[str], order: str, guessed: bool) -> None:
    found = detect_layout(texts)
    assert (found.order, found.guessed) == (order, guessed)
    if order == "yy":
        assert utc(texts, None, found)[0] == "2026-01-08T10:00:00.000000"


def test_an_offset_wins_over_the_zone() -> None:
    assert utc(["2025-07-01T10:00:00Z", "2025-07-01T10:00:00"], "Europe/Berlin") == [
        "2025-07-01T10:00:00.000000",
        "2025-07-01T08:00:00.000000",
    ]


def test_nonexistent_local_time_is_null() -> None:
    assert utc(
        ["2025-03-30 01:59:59", "2025-03-30 02:30:00", "2025-03-30 03:00:00"], "Europe/Berlin"
    ) == [
        "2025-03-30T00:59:59.000000",
        None,
        "2025-03-30T01:00:00.000000",
    ]


def test_nothing_readable_and_nothing_at_all() -> None:
    assert utc([None, None], "Europe/Berlin") == [None, None]
    assert utc([], "Europe/Berlin") == []
    assert utc(["x", None], "Europe/Berlin") == [None, None]


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../etc", "", "CET\0"])
def test_unknown_zone_is_said(name: str) -> None:
    if not name:
        assert zone(name).key == "UTC"
        return
    with pytest.raises(UnreadableFile, match="No time zone is called"):
        zone(name)


def test_year_extremes_beside_usual_times_in_a_zone() -> None:
    got = utc(
        ["1601-01-01 00:00:00", "2025-07-01 12:00:00", "9999-12-31 00:00:00"], "Europe/Berlin"
    )
    assert got[1] == "2025-07-01T10:00:00.000000"
    assert None not in got


def local(instants: list[datetime], name: str) -> list[str]:
    return [at.astimezone(ZoneInfo(name)).strftime("%Y-%m-%d %H:%M:%S.%f") for at in instants]


def night(name: str, step_s: int, hours: float = 3) -> list[datetime]:
    start = NIGHTS[name] - timedelta(hours=hours)
    return [start + timedelta(seconds=step_s * i) for i in range(int(hours * 7200 / step_s))]


def cut(clock: Clock, texts: list[str], tags: list[str] | None, cuts: list[int]) -> list[datetime]:
    found: list[datetime] = []
    for start, stop in zip([0, *cuts], [*cuts, len(texts)], strict=True):
        series = (
            None if tags is None else pa.array(tags[start:stop], pa.string()).dictionary_encode()
        )
        found += clock.utc(pa.array(texts[start:stop], pa.string()), series).to_pylist()
    return found


def clock_of(texts: list[str], name: str) -> Clock:
    return Clock(name, detect_layout(texts[:200], name))


some_cuts = st.lists(st.integers(0, 100), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(NIGHTS)), step=st.sampled_from([60, 300, 600, 700]), cuts=some_cuts
)
def test_the_hour_that_occurs_twice(name: str, step: int, cuts: list[int]) -> None:
    """One series, cut anywhere: every instant comes back."""
    instants = night(name, step)
    texts = local(instants, name)
    places = sorted(len(texts) * c // 100 for c in cuts)
    assert cut(clock_of(texts, name), texts, None, places) == instants


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(NIGHTS)),
    steps=st.lists(st.sampled_from([60, 120, 300, 420, 600]), min_size=1, max_size=4),
    grouped=st.booleans(),
    newest_first=st.booleans(),
    cuts=some_cuts,
)
def test_side_by_side_and_one_after_another(
    name: str, steps: list[int], grouped: bool, newest_first: bool, cuts: list[int]
) -> None:
    """Several tags with rhythms of their own, in either order of time, cut anywhere."""
    records = [(at, f"T{tag}") for tag, step in enumerate(steps) for at in night(name, step, 1.5)]
    records.sort(key=lambda r: (r[1], r[0]) if grouped else (r[0], r[1]), reverse=newest_first)
    instants, tags = [r[0] for r in records], [r[1] for r in records]
    texts = local(instants, name)
    places = sorted(len(texts) * c // 100 for c in cuts)
    assert cut(clock_of(texts, name), texts, tags, places) == instants


def test_the_passes_of_two_years_in_one_file() -> None:
    nights = [datetime(year, 10, day, 1, tzinfo=UTC) for year, day in ((2024, 27), (2025, 26))]
    instants = [at + timedelta(minutes=m) for at in nights for m in range(-90, 90)]
    texts = local(instants, "Europe/Berlin")
    assert cut(clock_of(texts, "Europe/Berlin"), texts, None, [200]) == instants


def test_excel_times_without_zone() -> None:
    stamps = pa.array(
        [datetime(2025, 7, 1, 12), None, datetime(9999, 12, 31, 23, 59, 59, 999999)],
        pa.timestamp("us"),
    )
    got = Clock("UTC").naive(stamps).cast(pa.int64()).to_pylist()
    assert got == stamps.cast(pa.int64()).to_pylist(), "no microsecond is lost beside a null"


def test_coded_text() -> None:
    coded = pa.array(["2025-07-01 12:00:00", None, "2025-07-01 12:00:00"]).dictionary_encode()
    got = Clock("Europe/Berlin").utc(coded)
    assert got.to_pylist() == [
        datetime(2025, 7, 1, 10, tzinfo=UTC),
        None,
        datetime(2025, 7, 1, 10, tzinfo=UTC),
    ]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2060, 1, 1)),
        min_size=1,
        max_size=9,
    )
)
def test_any_local_time_agrees_with_the_standard_library(stamps: list[datetime]) -> None:
    """Outside the repeated and the skipped hours, whatever Python's own zone says."""
    berlin = ZoneInfo("Europe/Berlin")
    clear = [
        at for at in stamps
        if at.replace(tzinfo=berlin).utcoffset() == at.replace(tzinfo=berlin, fold=1).utcoffset()
    ]  # fmt: skip
    texts = [at.isoformat(sep=" ") for at in clear]
    got = Clock("Europe/Berlin").utc(pa.array(texts, pa.string())).to_pylist()
    assert got == [at.replace(tzinfo=berlin).astimezone(UTC) for at in clear]


def test_the_choice_is_the_records_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes back by seconds in the ambiguous hour is no second pass."""
    texts = ["2025-10-26 02:10:00", "2025-10-26 02:09:30", "2025-10-26 02:20:00"]
    got = Clock("Europe/Berlin").utc(pa.array(texts))
    assert np.all(np.diff(got.cast(pa.int64()).to_numpy()) < 3600 * 10**6)
    assert got[2].as_py() == datetime(2025, 10, 26, 0, 20, tzinfo=UTC)
