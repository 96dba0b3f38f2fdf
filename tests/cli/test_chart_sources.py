"""Charts from other people's files and from the lake's counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.cli.conftest import Cli

FORMATS = Path(__file__).parents[1] / "formats"
START = datetime(2025, 10, 25, 4, tzinfo=UTC)


def test_a_file_of_a_measuring_system_is_charted_as_it_is_landed(cli: Cli) -> None:
    path = FORMATS / "qif" / "results_3.0.qif"
    listed = cli("chart", "spc", path, "--json").json
    features = {row["feature"] for row in listed}
    assert len(features) > 1
    assert cli("chart", "spc", path, "--feature", "nothing").code == 1
    assert not Path("lake").exists()


def test_a_study_on_a_form_needs_no_columns(cli: Cli) -> None:
    found = cli("chart", "grr", FORMATS / "gage" / "blocks.csv", "--json").json
    assert (found["parts"], found["appraisers"], found["trials"]) == (5, 2, 2)
    assert found["title"] == "blocks · measurement"


def test_gage_studies_of_the_lake(cli: Cli, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    assert cli("run", "gage", FORMATS / "gage", "--lake", lake).code == 0
    listed = cli("chart", "grr", "--lake", lake, "--json").json
    assert [row["study_id"] for row in listed] == ["blocks", "german"]
    found = cli("chart", "grr", "--lake", lake, "--study", "german", "--json").json
    assert (found["parts"], found["appraisers"], found["trials"]) == (10, 3, 3)
    assert "[mm]" in Path(found["out"]).read_text("utf-8")
    no_ratings = cli("chart", "agreement", "--lake", lake)
    assert (no_ratings.code, "no gage study with ratings yet" in no_ratings.err) == (1, True)


RATINGS = "part,appraiser,trial,rating,standard\n" + "".join(
    f"{part},{person},{trial},{'NOK' if part == 4 else 'OK'},{'NOK' if part > 3 else 'OK'}\n"
    for part in range(1, 11) for person in "AB" for trial in (1, 2)
)  # fmt: skip


def test_attribute_agreement_of_a_file_by_its_format_and_by_its_columns(
    cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(RATINGS, "utf-8")
    by_format = cli("chart", "agreement", path, "--json").json
    by_column = cli("chart", "agreement", path, "--rating", "rating", "--json").json
    for found in (by_format, by_column):
        assert found["appraisers"][0]["effectiveness"]["matched"] == 4
        assert found["appraisers"][0]["miss_ratio"] == pytest.approx(6 / 7)
    assert "nobody judged 'bad'" in cli("chart", "agreement", path, "--bad", "bad").err.lower()
    assert "no column 'x'" in cli("chart", "agreement", path, "--rating", "x").err


def test_options_about_a_file_need_one(cli: Cli, seen: Path) -> None:
    for words in (
        ("spc", "--value", "x"),
        ("spc", "--size-column", "n", "--kind", "p"),
        ("capability", "--value", "x"),
        ("grr", "--appraiser", "x"),
        ("agreement", "--rating", "x"),
    ):
        answer = cli("chart", *words)
        assert (answer.code, "is about a FILE: give one" in answer.err) == (2, True), words


def table(folder: Path, rows: list[dict[str, Any]], types: dict[str, pa.DataType]) -> None:
    columns = {name: types.get(name, pa.string()) for name in rows[0]}
    write_deltalake(folder, pa.Table.from_pylist(rows, schema=pa.schema(columns)))


@pytest.fixture
def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two shifts with findings, single verdicts of two lots, and scrap of three shifts."""
    lake = tmp_path / "lake"
    moment = pa.timestamp("us", "UTC")
    finding = {"part_number": "P-1", "machine_id": None, "line_id": "L1", "lot": None}
    table(
        lake / "silver" / "quality" / "defects",
        [
            {
                **finding,
                "defect_code": code,
                "detected_at": START + timedelta(hours=hour),
                "count": number,
                "inspected_count": size,
                "shift": "Early" if hour < 8 else "Late",
            }
            for code, hour, number, size in (
                ("burr", 1, 3.0, 100.0),
                ("dent", 2, 1.0, 100.0),
                ("burr", 9, 2.0, 50.0),
            )
        ],
        {"detected_at": moment, "count": pa.float64(), "inspected_count": pa.float64()},
    )
    verdict = {"part_number": "P-1", "feature": "paint", "machine_id": None, "source_format": "qif",
               "subgroup": None, "sample": None, "defects": None, "sample_size": None,
               "quality": None, "measured_at": None}  # fmt: skip
    table(
        lake / "silver" / "quality" / "spc_attributes",
        [
            {**verdict, "measurement_id": f"m{i}", "lot": f"lot {i // 5}", "pass": i % 5 != 0}
            for i in range(10)
        ],
        {"pass": pa.bool_(), "measured_at": moment,
         **dict.fromkeys(("subgroup", "sample", "defects", "sample_size"), pa.int64())},
    )  # fmt: skip
    made = {"machine_id": "M1", "line_id": "L1", "product_id": "P-1", "unit": "pcs"}
    table(
        lake / "gold" / "production" / "fct_production",
        [
            {**made, "shift_date": START.date(), "shift": shift, "scrap_quantity": scrap,
             "total_quantity": 100.0}
            for shift, scrap in (("Early", 4.0), ("Late", 0.0), ("Night", 2.0))
        ],
        {"shift_date": pa.date32(), "scrap_quantity": pa.float64(),
         "total_quantity": pa.float64()},
    )  # fmt: skip
    monkeypatch.setenv("CASPARIAN_LAKE", str(lake))
    return lake


def test_what_the_lake_counts_is_listed(cli: Cli, counts: Path) -> None:
    listed = cli("chart", "spc", "--kind", "u", "--json").json
    found = {(row["source_format"], row["feature"]): (row["points"], row["counted"])
             for row in listed}  # fmt: skip
    assert found == {
        ("defects", "burr"): (2, 5), ("defects", "dent"): (2, 1),
        ("defects", "all defects"): (2, 6),
        ("qif", "paint"): (2, 2), ("production", "scrap"): (3, 6),
    }  # fmt: skip


def values(cli: Cli, kind: str, feature: str) -> list[float]:
    found = cli("chart", "spc", "--kind", kind, "--feature", feature, "--json").json
    return [point[found["panels"][0]["name"]] for point in found["points"]]


def test_a_shift_without_the_defect_is_a_point_at_zero(cli: Cli, counts: Path) -> None:
    assert values(cli, "u", "all defects") == [0.04, 0.04]
    assert values(cli, "u", "dent") == [0.01, 0.0]
    assert values(cli, "p", "paint") == [0.2, 0.2]
    assert values(cli, "np", "scrap") == [4, 0, 2]


def test_what_was_inspected_must_be_one_number(cli: Cli, counts: Path) -> None:
    row = {"part_number": "P-1", "machine_id": None, "line_id": "L1", "lot": None,
           "defect_code": "burr", "detected_at": START, "count": 1.0, "inspected_count": 80.0,
           "shift": "Early"}  # fmt: skip
    types = {"detected_at": pa.timestamp("us", "UTC"), "count": pa.float64(),
             "inspected_count": pa.float64()}  # fmt: skip
    schema = pa.schema({name: types.get(name, pa.string()) for name in row})
    write_deltalake(
        counts / "silver" / "quality" / "defects",
        pa.Table.from_pylist([row], schema),
        mode="append",
    )
    answer = cli("chart", "spc", "--kind", "u", "--feature", "burr")
    assert answer.code == 1
    assert "2025-10-25 Early states 2 different numbers of what was inspected" in answer.err


def test_a_c_chart_needs_equal_chances(cli: Cli, counts: Path) -> None:
    answer = cli("chart", "spc", "--kind", "c", "--feature", "burr")
    assert answer.code == 1
    assert "c chart" in answer.err


def test_counts_need_a_table_that_counts(cli: Cli, seen: Path) -> None:
    assert "no silver_quality.defects" in cli("chart", "spc", "--kind", "p").err


@pytest.fixture
def stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A jam of an hour, one that is still open for two, and a stop that nobody named."""
    lake = tmp_path / "lake"
    moment = pa.timestamp("us", "UTC")
    stop = {"line_id": "L1", "machine_id": "M1", "reason_code": "J", "category": None}
    table(
        lake / "silver" / "equipment" / "downtime_events",
        [
            {**stop, "reason": "Jam", "starts_at": START, "ends_at": START + timedelta(hours=1)},
            {**stop, "reason": "Jam", "starts_at": START + timedelta(hours=2), "ends_at": None},
            {**stop, "reason": None, "reason_code": "X9", "starts_at": START,
             "ends_at": START + timedelta(hours=4), "category": "Breakdown"},
        ],
        {"starts_at": moment, "ends_at": moment},
    )  # fmt: skip
    monkeypatch.setenv("CASPARIAN_LAKE", str(lake))
    return lake


def weights(cli: Cli, *words: str) -> dict[str, float]:
    found = cli("chart", "pareto", *words, "--json").json
    return {row["name"]: row["weight"] for row in found["categories"]}


def test_downtime_of_the_lake(cli: Cli, stops: Path) -> None:
    assert weights(cli) == {"X9": 4 * 3600, "Jam": 3 * 3600}
    assert weights(cli, "--by", "category") == {"Breakdown": 4 * 3600, "not given": 3 * 3600}
    assert weights(cli, "--count") == {"Jam": 2, "X9": 1}
    assert "nothing of L9" in cli("chart", "pareto", "--line", "L9").err
    assert cli("chart", "pareto", "--by", "defect").code == 2
    assert "no silver_quality.defects yet" in cli("chart", "pareto", "--of", "defects").err


def test_defects_of_the_lake(cli: Cli, counts: Path) -> None:
    words = ("--of", "defects", "--by", "defect_code")
    assert weights(cli, *words) == {"burr": 5, "dent": 1}
    assert weights(cli, *words, "--count") == {"burr": 2, "dent": 1}
    assert weights(cli, *words, "--part", "P-1") == {"burr": 5, "dent": 1}
    assert "nothing of P-9" in cli("chart", "pareto", *words, "--part", "P-9").err
