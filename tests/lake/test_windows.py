"""Roll-ups that the lake keeps: late files touch their own windows, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from casparian.lake import windows
from casparian.lake.quarantine import Choice
from casparian.lake.replay import replay
from casparian.lake.series import groups, microseconds, names, read, shape_of, words_of
from casparian.lake.store import Lake, LakeError
from casparian.lake.windows import Grid, made, refresh
from tests.lake.exports import HEADER, land, write_readings, write_tags

MINUTE = 60_000_000
GRID = Grid(15 * MINUTE, 20 * MINUTE)


def rows(lake: Lake, grid: Grid = GRID) -> list[dict[str, Any]]:
    table = lake.read(grid.address)
    assert table is not None
    return table.sort_by([("tag_name", "ascending"), ("window_start", "ascending")]).to_pylist()  # type: ignore[no-any-return]


@pytest.fixture
def place(tmp_path: Path) -> tuple[Lake, Path]:
    folder = tmp_path / "exports"
    folder.mkdir()
    write_tags(folder, 100)
    return Lake.at(tmp_path / "lake"), folder


def test_windows_of_one_file(place: tuple[Lake, Path]) -> None:
    lake, folder = place
    write_readings(folder, "a.csv", 3, [str(n) for n in range(30)])
    land(lake, folder)
    done = refresh(lake, GRID)
    assert (done.address, done.files, done.anew) == ("silver_equipment.historian_15min", 1, True)
    first, second = rows(lake)
    assert (first["reading_count"], first["value_mean"], first["value_time_mean"]) == (15, 7, 7)
    assert (second["first_value"], second["last_value"]) == (15, 29)
    assert second["covered_ratio"] == pytest.approx(14 / 15)  # what came after 03:29 nobody knows
    assert second["value_time_mean"] == 21.5
    again = refresh(lake, GRID)
    assert (again.files, again.windows, again.rows) == (0, 0, done.rows)


def test_late_files_compute_only_what_they_touch(place: tuple[Lake, Path]) -> None:
    lake, folder = place
    write_readings(folder, "a.csv", 3, [str(n) for n in range(60)])
    write_readings(folder, "c.csv", 9, [str(n) for n in range(60)])
    land(lake, folder)
    refresh(lake, GRID)
    write_readings(folder, "b.csv", 4, ["50", "60", "Bad"])  # between the two, and a month apart
    (folder / "d.csv").write_text(HEADER + "2025-09-30T23:59:00Z,PI-2,5,Good\n", "utf-8")
    land(lake, folder)
    done = refresh(lake, GRID)
    assert (done.files, done.anew) == (2, False)
    assert done.windows < 9
    late = rows(lake)
    refresh(lake, GRID, anew=True)
    assert rows(lake) == late
    assert len({(row["tag_name"], row["window_start"]) for row in late}) == len(late)


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    found = []
    for order in ((3, 4, 5, 8), (8, 4, 3, 5)):
        folder = tmp_path / str(order[0])
        folder.mkdir()
        write_tags(folder, 100)
        lake = Lake.at(tmp_path / f"lake{order[0]}")
        for hour in order:
            write_readings(folder, f"{hour}.csv", hour, [str(hour + n) for n in range(0, 60, 3)])
            land(lake, folder)
            refresh(lake, GRID)
        found.append(rows(lake))
    assert found[0] == found[1]


def test_spans_of_few_readings_are_one(
    place: tuple[Lake, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, folder = place
    for hour in (3, 4, 7):
        write_readings(folder, f"{hour}.csv", hour, [str(n) for n in range(60)])
    land(lake, folder)
    refresh(lake, GRID)
    whole = rows(lake)
    monkeypatch.setattr(windows, "AT_ONCE", 7)
    refresh(lake, GRID, anew=True)
    assert rows(lake) == whole


def test_readings_taken_away_make_it_anew(place: tuple[Lake, Path]) -> None:
    lake, folder = place
    write_readings(folder, "a.csv", 3, ["1", "2"])
    land(lake, folder)
    refresh(lake, GRID)
    windows._remember(lake, GRID, {"a file that was replaced": 7})
    assert refresh(lake, GRID).anew
    assert "a file that was replaced" not in made(lake)[GRID.address][1]


def test_replayed_readings_are_taken_up(place: tuple[Lake, Path]) -> None:
    """A replay adds readings to a file that the roll-up has already."""
    lake, folder = place
    write_readings(folder, "a.csv", 3, ["1", "2", "120"])
    land(lake, folder)
    refresh(lake, GRID)
    write_tags(folder, 200, "tags2.csv")
    land(lake, folder)
    replay(lake, Choice())
    done = refresh(lake, GRID)
    assert (done.files, done.anew) == (1, False)
    assert [row["value_max"] for row in rows(lake)] == [120]


def test_any_order_of_late_files_equals_one_look(tmp_path: Path) -> None:
    """Files of random hours and values, some overlapping, refreshed after each."""
    random = np.random.default_rng(11)
    folder = tmp_path / "exports"
    folder.mkdir()
    write_tags(folder, 100)
    lake = Lake.at(tmp_path / "lake")
    for number in range(8):
        minutes = np.sort(random.choice(600, 40, replace=False))
        lines = [
            f"2025-10-{30 + m // 300}T{m % 300 // 60:02d}:{m % 60:02d}:{number:02d}Z,"
            f"{random.choice(['TI-1', 'PI-2'])},{random.integers(1, 9)},Good\n"
            for m in minutes
        ]
        (folder / f"{number}.csv").write_text(HEADER + "".join(lines), "utf-8")
        land(lake, folder)
        assert not refresh(lake, GRID).anew or not number
    late = rows(lake)
    refresh(lake, GRID, anew=True)
    assert rows(lake) == late


def test_another_way_needs_a_word(place: tuple[Lake, Path]) -> None:
    lake, folder = place
    write_readings(folder, "a.csv", 3, ["1", "2"])
    land(lake, folder)
    refresh(lake, GRID)
    other = Grid(15 * MINUTE, 60 * MINUTE)
    with pytest.raises(LakeError, match=r"longest gap of 20min.*--rebuild"):
        refresh(lake, other)
    assert refresh(lake, other, anew=True).anew
    refresh(lake, Grid(60 * MINUTE, 60 * MINUTE))
    assert sorted(made(lake)) == [
        "silver_equipment.historian_15min", "silver_equipment.historian_1h",
    ]  # fmt: skip


def test_days_of_the_plant(place: tuple[Lake, Path]) -> None:
    lake, folder = place
    write_readings(folder, "a.csv", 3, ["1", "2"])  # 04:00 in Berlin: the day before, from six on
    land(lake, folder)
    day = Grid(24 * 60 * MINUTE, 60 * MINUTE, "Europe/Berlin", 6 * 60 * MINUTE)
    refresh(lake, day)
    (row,) = rows(lake, day)
    assert row["window_start"].isoformat() == "2025-10-27T05:00:00+00:00"


def test_lengths_of_time() -> None:
    assert microseconds("15min") == microseconds(" 15 m") == 15 * MINUTE
    assert microseconds("1.5h") == 90 * MINUTE
    assert [words_of(microseconds(t)) for t in ("90s", "120s", "24h", "250ms", "7us")] == [
        "90s", "2min", "1d", "250ms", "7us",
    ]  # fmt: skip
    for text in ("", "15", "min", "0s", "1 month", "-1h"):
        with pytest.raises(ValueError, match="no length of time"):
            microseconds(text)


def test_reading_a_series(place: tuple[Lake, Path]) -> None:
    lake, folder = place
    write_readings(folder, "a.csv", 3, ["1", "2", "3"])
    with pytest.raises(LakeError, match="no table"):
        shape_of(lake)
    land(lake, folder)
    shape = shape_of(lake)
    assert names(lake, shape, ["TI-*"]) == ["TI-1"]
    found = read(lake, shape, ["TI-1"], None, None)
    assert found.of(0)[1].tolist() == [1, 2, 3]
    at = found.of(0)[0]
    assert read(lake, shape, ["TI-1"], int(at[1]), int(at[2])).value.tolist() == [2]
    with pytest.raises(LakeError, match="holds no series"):
        shape_of(lake, "historian_tags")


def test_tags_in_groups(place: tuple[Lake, Path]) -> None:
    lake, folder = place
    rows_of = (f"2025-10-28T03:{m:02d}:00Z,T{m % 4},1,Good\n" for m in range(40))
    (folder / "a.csv").write_text(HEADER + "".join(rows_of), "utf-8")
    land(lake, folder)
    shape = shape_of(lake)
    tags = names(lake, shape)
    assert [*groups(lake, shape, tags, 20)] == [["T0", "T1"], ["T2", "T3"]]
    assert [*groups(lake, shape, tags, 1)] == [["T0"], ["T1"], ["T2"], ["T3"]]
