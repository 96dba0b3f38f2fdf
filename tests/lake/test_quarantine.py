"""Quarantine: its tables hold what the books say; replay moves exactly what became valid."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from casparian.contracts.model import folder as shipped_contracts
from casparian.lake.ledger import Ledger, not_closed
from casparian.lake.quarantine import Choice, counts, offline, rows
from casparian.lake.query import Query
from casparian.lake.replay import REPLAYING, replay
from casparian.lake.store import Lake
from tests.conftest import LandedPlant
from tests.lake.exports import books, content, land, write_readings, write_tags

VALUES = "silver_equipment.historian_values"
WRITES = 7  # the repair's, the mark, silver, hours, days, quarantine, the books


def two_files(folder: Path) -> Lake:
    """120 and 130 are above the limit of 100; one reading is Bad and one is missing."""
    (folder / "exports").mkdir(parents=True)
    write_tags(folder / "exports", 100)
    write_readings(folder / "exports", "a.csv", 3, ["20", "120", "", "21", "130"])
    write_readings(folder / "exports", "b.csv", 4, ["22", "120", "Bad", "23"])
    lake = Lake.at(folder / "lake")
    land(lake, folder / "exports")
    return lake


@pytest.fixture(scope="module")
def landed_once(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return two_files(tmp_path_factory.mktemp("quarantine"))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return two_files(tmp_path)


def correct_tag_list(lake: Lake, high: float = 125) -> None:
    """A newer tag list with a higher limit, landed."""
    folder = Path(lake.uri).parent / "exports"
    write_tags(folder, high, "tags_new.csv")
    land(lake, folder)


def test_counts_are_those_of_the_books(landed_plant: LandedPlant) -> None:
    expected: Counter[tuple[str, ...]] = Counter()
    for row in landed_plant.rows.values():
        for table, rule, reason, count in json.loads(row["reasons"]):
            expected[(table, rule, reason, row["source_path"])] += count
    found = counts(landed_plant.lake, Choice())
    assert {
        (row["table"], row["rule"], row["reason"], row["source_path"]): row["records"]
        for row in found
    } == expected


@pytest.mark.parametrize(
    ("choice", "records"),
    [
        (Choice(), 5),
        (Choice(reason="above"), 3),
        (Choice(reason="Above max (100)"), 3),
        (Choice(reason="bad_quality"), 1),
        (Choice(file="a.csv"), 3),
        (Choice(file="*b*"), 2),
        (Choice(table="historian_values"), 5),
        (Choice(table=VALUES), 5),
        (Choice(table="ops_equipment.historian_values_quarantine", reason="missing"), 1),
        (Choice(table="lims_results"), 0),
        (Choice(tag="test"), 5),
        (Choice(tag="other"), 0),
        (Choice(reason="it's"), 0),
    ],
)
def test_choice(landed_once: Lake, choice: Choice, records: int) -> None:
    lake = landed_once
    assert sum(row["records"] for row in counts(lake, choice)) == records
    assert sum(found.num_rows for _, found in rows(lake, choice, 0)) == records


def test_rows_are_whole(landed_once: Lake) -> None:
    ((table, found),) = rows(landed_once, Choice(reason="above", file="a.csv"), 1)
    assert table == "historian_values"
    (row,) = found.to_pylist()
    assert (row["timestamp"], row["tag_name"], row["value"]) == (
        "2025-10-28T03:01:00Z",
        "TI-1",
        "120",
    )
    assert (row["rule"], row["reason"], row["_source_row"]) == ("above_max", "Above max (100)", 2)


def test_offline_sensors_are_named(landed_plant: LandedPlant) -> None:
    (found,) = offline(landed_plant.lake, Choice())
    truth = landed_plant.plant.truth["offline"]
    assert found["tag_name"] == truth["tag"]
    assert found["source_path"] == truth["file"]
    assert found["records"] == truth["count"]


def test_replay_after_a_corrected_tag_list(lake: Lake) -> None:
    correct_tag_list(lake)
    (first, second) = replay(lake, Choice(reason="above"))
    assert (first.chosen, first.valid, first.kept) == (2, 1, 1)
    assert (second.chosen, second.valid, second.kept) == (1, 1, 0)
    status, *numbers, tables, reasons = books(lake)["a.csv"]
    assert (status, *numbers) == ("landed", 5, 3, 2, 0)
    assert json.loads(tables)[VALUES] == 3
    assert sorted(reason for *_, reason, _ in json.loads(reasons)) == [
        "Above max (100)",
        "Missing value",
    ]
    assert not not_closed(Ledger(lake).rows())
    note = json.loads(Ledger(lake).rows()[0]["notes"])[-1]
    assert note == "Replayed 1 records with contract historian version 1.0.0: 1 valid, 0 duplicate."


def test_replay_equals_landing_with_the_corrected_tag_list(lake: Lake, tmp_path: Path) -> None:
    """What a replay leaves is what a first landing today would have left."""
    correct_tag_list(lake)
    replay(lake, Choice())
    folder, fresh = tmp_path / "exports", Lake.at(tmp_path / "fresh")
    (folder / "tags.csv").unlink()
    land(fresh, folder)
    ours, theirs = content(lake), content(fresh)
    for layer in ("silver_equipment", "ops_equipment"):
        for address in (a for a in theirs if a.startswith(layer) and "tags" not in a):
            assert _judged(ours[address]) == _judged(theirs[address]), address


def _judged(rows: list[str]) -> list[str]:
    """The one reading that is still above says which limit it broke when it was judged."""
    return sorted(
        row.replace("Above max (100)", "…").replace("Above max (125)", "…") for row in rows
    )


def test_replay_with_a_corrected_contract_notes_its_version(lake: Lake, tmp_path: Path) -> None:
    text = (shipped_contracts() / "historian.odcs.yaml").read_text("utf-8")
    text = text.replace("version: 1.0.0", "version: 1.1.0")
    kept = "      - { property: quality_policy, value: keep_bad }\n"
    mark = "      - { property: ranges_from, value: historian_tags }\n"
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "historian.odcs.yaml").write_text(
        text.replace(mark, mark + kept), "utf-8"
    )
    replay(lake, Choice(), contracts=[tmp_path / "contracts"])
    with Query(lake) as ask:
        bad = ask(
            f"SELECT value, _contract_version, _source_row FROM {VALUES} WHERE quality = 'Bad'"
        )
    assert bad.to_pylist() == [{"value": 1.0, "_contract_version": "1.1.0", "_source_row": 3}]
    assert "version 1.1.0" in json.loads(Ledger(lake).rows()[1]["notes"])[-1]


def test_replay_updates_the_roll_ups(lake: Lake) -> None:
    correct_tag_list(lake)
    replay(lake, Choice())
    hours = pa.table(lake.read("silver_equipment.historian_hourly")).to_pylist()
    found = {
        h["hour_start"].hour: (h["reading_count"], h["value_max"], h["value_sum"]) for h in hours
    }
    assert found == {3: (3, 120.0, 161.0), 4: (3, 120.0, 165.0)}
    (day,) = pa.table(lake.read("silver_equipment.historian_daily")).to_pylist()
    assert (day["reading_count"], day["value_sum"], day["last_value"]) == (6, 326.0, 23.0)


def test_twice_is_once(lake: Lake) -> None:
    correct_tag_list(lake)
    replay(lake, Choice())
    before, accounts = content(lake), books(lake)
    again = replay(lake, Choice())
    assert [(one.valid, one.duplicate) for one in again] == [(0, 0), (0, 0)]
    assert (content(lake), books(lake)) == (before, accounts)


def test_dry_run_changes_nothing(lake: Lake) -> None:
    correct_tag_list(lake)
    before, accounts = content(lake, but=()), books(lake)
    assert sum(one.valid for one in replay(lake, Choice(), dry_run=True)) == 2
    assert (content(lake, but=()), books(lake)) == (before, accounts)


def test_a_file_that_is_gone_says_where_to_put_it(lake: Lake, tmp_path: Path) -> None:
    correct_tag_list(lake)
    path = tmp_path / "exports" / "a.csv"
    path.unlink()
    first, second = replay(lake, Choice())
    assert first.problem == f"The file is gone or has changed: put it back at {path.as_posix()}."
    assert (first.valid, second.valid) == (0, 1)


def test_the_same_bytes_elsewhere_will_do(lake: Lake, tmp_path: Path) -> None:
    correct_tag_list(lake)
    shutil.copy(tmp_path / "exports" / "a.csv", tmp_path / "exports" / "copy.csv")
    land(lake, tmp_path / "exports")
    (tmp_path / "exports" / "a.csv").unlink()
    assert [one.valid for one in replay(lake, Choice())] == [1, 1]


def test_a_conflict_stays_and_a_copy_is_a_duplicate(tmp_path: Path) -> None:
    """Both files say something of 03:01, which was above the limit; now the first one counts."""
    folder = tmp_path / "exports"
    folder.mkdir()
    write_tags(folder, 100)
    write_readings(folder, "a.csv", 3, ["20", "120", "110"])
    write_readings(folder, "b.csv", 3, ["20", "120", "111", "30"])
    lake = Lake.at(tmp_path / "lake")
    land(lake, folder)
    correct_tag_list(lake)
    first, second = replay(lake, Choice())
    assert (first.valid, first.duplicate, first.kept) == (2, 0, 0)
    assert (second.valid, second.duplicate, second.kept) == (0, 1, 1)
    assert books(lake)["b.csv"][1:5] == (4, 1, 1, 2)
    assert not not_closed(Ledger(lake).rows())


class Cut(BaseException):
    """The process ends here, as for kill -9: nothing of ours may catch it."""


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Lake]:
    """A lake with the corrected tag list, before and after a whole replay."""
    lake = two_files(tmp_path_factory.mktemp("corrected"))
    correct_tag_list(lake)
    whole = Lake.at(f"{lake.uri}_whole")
    shutil.copytree(lake.uri, whole.uri)
    replay(whole, Choice())
    return lake, whole


@pytest.mark.parametrize("step", range(WRITES))
def test_a_replay_cut_short_is_finished_by_the_next(
    corrected: tuple[Lake, Lake], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Cut before each write in turn. The next one chooses nothing and finishes what was cut."""
    before, whole = corrected
    lake = Lake.at(tmp_path / "lake")
    shutil.copytree(before.uri, lake.uri)
    with monkeypatch.context() as patch:
        _cut_at(patch, step)
        with pytest.raises(Cut):
            replay(lake, Choice())
    replay(lake, Choice(reason="nothing of the kind"))
    assert not not_closed(Ledger(lake).rows())
    assert not Ledger(lake).rows(status=(REPLAYING,))
    replay(lake, Choice())
    assert content(lake) == content(whole)
    assert books(lake) == books(whole)


def _cut_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """Commits of tables and of the ledger count; the one after `step` of them is the cut."""
    steps = iter(range(step))

    def cut(original: Callable[..., None]) -> Callable[..., None]:
        def run(*given: object, **named: object) -> None:
            if next(steps, None) is None:
                raise Cut
            original(*given, **named)

        return run

    patch.setattr(Lake, "commit", cut(Lake.commit))
    patch.setattr(Ledger, "write", cut(Ledger.write))
