"""Checks on a small lake: clean, breached past the contract, checked again; and what people see.

The runs follow each other in `runs`, once with all rows in this process and once with all on Spark,
and the tests look at what each left behind: both find the same.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from deltalake import DeltaTable, write_deltalake

from casparian.cli.checks import checks as command
from casparian.contracts.model import load
from casparian.lake.checks import Check, last_checks
from casparian.lake.landed import LINEAGE
from casparian.lake.store import Lake
from spark_jobs import check_tables

START = datetime(2025, 10, 25, tzinfo=UTC)
VALUES, COUNTS = "silver_equipment.historian_values", "silver_production.production_counts"
ALIASES, MART = "silver_equipment.tag_aliases", "gold_production.fct_small"
MODEL = """
models:
  - name: fct_small
    data_tests:
      - primary_key: {arguments: {columns: [line_id, shift_date], nullable: [shift_date]}}
    columns:
      [{name: line_id}, {name: shift_date}, {name: effectiveness_ratio}, {name: _source_rows}]
"""
TORQUE = """
apiVersion: v3.1.0
kind: DataContract
id: torque
version: 1.0.0
domain: equipment
slaProperties: [{property: latency, value: 2, unit: d, element: torque.at}]
schema:
  - name: torque
    properties:
      - {name: screw, logicalType: string, primaryKey: true, primaryKeyPosition: 1,
         logicalTypeOptions: {pattern: "^S[0-9]+$"}}
      - {name: at, logicalType: timestamp}
    quality:
      - {type: library, metric: rowCount, mustBeGreaterThan: 9}
      - {type: custom, engine: casparian, name: only_duckdb, implementation: "[1][1] = 1 QUALIFY",
         description: Not for Spark}
"""
MART_SCHEMA = pa.schema(
    [
        ("line_id", pa.string()),
        ("shift_date", pa.date32()),
        ("effectiveness_ratio", pa.float64()),
        ("_source_rows", pa.list_(pa.string())),
    ]
)
HASH = {"first": "a" * 64, "breach": "b" * 64, "late": "c" * 64}


@dataclass(frozen=True)
class Run:
    """One run of the job: exit code, what it said, and the newest checks after it."""

    code: int
    out: str
    err: str
    checks: dict[tuple[str, str, str], Check]


def put(lake: Lake, contract: str, table: str, rows: list[dict[str, Any]], source: str) -> None:
    """Writes rows past the contract, straight into Delta."""
    about = load(contract).tables[table]
    schema = pa.schema([*about.schema, *LINEAGE])
    lineage = {
        "_source_hash": HASH[source],
        "_source_path": f"{source}.csv",
        "_parser": "test",
        "_parser_version": "1",
        "_contract_version": about.version,
        "_ingested_at": START,
    }
    full = [row | lineage | {"_source_row": place} for place, row in enumerate(rows, 1)]
    data = pa.Table.from_pylist(full, schema)
    write_deltalake(lake.table_uri(about.silver), data, mode="append")


def reading(minute: int, tag: str = "TT-1", **more: Any) -> dict[str, Any]:
    at = START + timedelta(minutes=minute)
    return {"timestamp": at, "tag_name": tag, "value": 1.0, "quality": "Good"} | more


def count(hour: int, **more: Any) -> dict[str, Any]:
    at = START + timedelta(hours=hour)
    row = {"machine_id": "M1", "line_id": "L1", "product_id": "P1", "order_id": "O1"}
    row |= {"total_count": 10.0}
    return row | {"interval_start": at, "interval_end": at, "good_count": 9.0} | more


def put_torque(lake: Lake) -> None:
    """A table with a contract that the lake keeps, and that asks for the table as a whole."""
    (Path(lake.uri) / "contracts").mkdir()
    (Path(lake.uri) / "contracts" / "torque.odcs.yaml").write_text(TORQUE, "utf-8")
    rows = {"screw": ["S1", "X2"], "at": [START, START]}
    lineage = {"_source_hash": [HASH["first"]] * 2, "_source_row": [1, 2]}
    write_deltalake(lake.table_uri("silver_equipment.torque"), pa.table(rows | lineage))


def mart(lake: Lake, rows: list[dict[str, Any]]) -> None:
    data = pa.Table.from_pylist(rows, MART_SCHEMA)
    write_deltalake(lake.table_uri(MART), data, mode="overwrite")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A dbt project of one mart."""
    folder = tmp_path_factory.mktemp("dbt")
    (folder / "models").mkdir()
    (folder / "models" / "fct_small.sql").write_text("select 1", "utf-8")
    (folder / "models" / "fct_small.yml").write_text(MODEL, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASPARIAN_DBT", str(folder))
        yield


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("1000000", id="here"),
        pytest.param("0", id="on Spark", marks=[pytest.mark.spark, pytest.mark.slow]),
    ],
)
def lake(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lake]:
    """Its path has what shells and SQL trip over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASPARIAN_MANY_ROWS", request.param)
        yield _lake(tmp_path_factory)


def _lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake.at(tmp_path_factory.mktemp("checks") / "the plant's lake")
    readings = [reading(minute, tag) for minute in range(50) for tag in ("TT-1", "TT-2")]
    put(made, "historian", "historian_values", readings, "first")
    put(made, "production", "production_counts", [count(hour) for hour in range(5)], "first")
    put(made, "historian", "tag_aliases", [], "first")
    day = {"shift_date": START.date(), "_source_rows": [f"{HASH['first']}#1"]}
    lines = [day | {"line_id": line, "effectiveness_ratio": 0.9} for line in ("L1", "L2")]
    mart(made, [*lines, {"line_id": "L1", "effectiveness_ratio": 1.2}])
    return made


@pytest.fixture(scope="module")
def runs(lake: Lake, models: None) -> dict[str, Run]:
    capture: dict[str, Run] = {}

    def run(name: str, layer: str, *more: str) -> None:
        capture[name] = _run(lake, "--layer", layer, *more)

    run("clean", "silver")
    run("nothing new", "silver")
    wrong = [
        reading(3, "TT-1"),
        reading(61, quality="Bad"),
        reading(62, value=math.nan),
        reading(63, tag=None),  # type: ignore[arg-type]
    ]
    put(lake, "historian", "historian_values", wrong, "breach")
    over = [count(7, good_count=11.0), count(8, total_count=-1.0, good_count=-2.0)]
    put(lake, "production", "production_counts", over, "breach")
    run("breached", "silver")
    run("still there", "silver", "--tables", "historian_values")
    put(lake, "production", "production_counts", [count(9)], "late")
    run("late", "silver", "--tables", "production_counts")
    run("gold", "gold")
    mart(lake, [{"line_id": "L'1", "_source_rows": [f"{HASH['first']}#7"]}] * 2)
    write_deltalake(
        lake.table_uri(ALIASES),
        pa.table({"tag_name": [1], "_source_hash": ["x"], "_source_row": [1]}),
        mode="overwrite",
        schema_mode="overwrite",
    )
    run("bad gold", "gold")
    run("types", "silver", "--tables", ALIASES)
    put_torque(lake)
    run("own contract", "silver", "--tables", "torque")
    return capture


def _run(lake: Lake, *arguments: str) -> Run:
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = check_tables.main(["--lake", lake.uri, *arguments])
    found = {(c.address, c.expectation, c.columns): c for c in last_checks(lake)}
    return Run(code, out.getvalue(), err.getvalue(), found)


class TestRuns:
    def test_a_clean_lake_passes_and_is_kept(self, runs: dict[str, Run]) -> None:
        run = runs["clean"]
        assert run.code == 0, run.err
        assert {check.address for check in run.checks.values()} == {VALUES, COUNTS, ALIASES}
        assert all(check.success for check in run.checks.values())
        unique = run.checks[VALUES, "unique", "timestamp, tag_name"]
        assert (unique.evaluated, unique.unexpected, unique.scope) == (100, 0, "whole")
        assert unique.contract_version == load("historian").version
        assert f"{VALUES}: " in run.out
        assert "3 tables of silver checked" in run.out

    def test_an_empty_table_holds_what_can_be_asked(self, runs: dict[str, Run]) -> None:
        mine = [c for key, c in runs["clean"].checks.items() if key[0] == ALIASES]
        assert mine
        assert {(check.success, check.evaluated) for check in mine} == {(True, 0)}

    def test_what_has_not_changed_is_not_asked_again(self, runs: dict[str, Run]) -> None:
        run = runs["nothing new"]
        assert (run.code, run.checks) == (0, runs["clean"].checks)
        assert run.out.startswith("0 tables of silver checked")

    def test_a_breach_stops_and_names_its_rows(self, runs: dict[str, Run]) -> None:
        run = runs["breached"]
        assert run.code == 1
        (sentence,) = run.err.strip().splitlines()
        assert sentence.startswith(f"{VALUES}: unique timestamp, tag_name failed in 1 of 4 rows")
        assert f"first {HASH['breach']}#1; 3 more critical failed." in sentence

    def test_the_results_say_which_rows(self, runs: dict[str, Run]) -> None:
        found = runs["breached"].checks
        for expectation, columns, row in (
            ("unique", "timestamp, tag_name", 1),  # its twin landed in another file before
            ("allowed", "quality", 2),
            ("finite", "value", 3),
            ("not_null", "tag_name", 4),
        ):
            check = found[VALUES, expectation, columns]
            assert (check.success, check.severity) == (False, "critical"), expectation
            assert check.examples == (f"{HASH['breach']}#{row}",)
            assert (check.unexpected, check.evaluated, check.scope) == (1, 4, "new")
            assert check.unexpected_ratio == 0.25
            assert check.first_row == f"_source_hash = '{HASH['breach']}' AND _source_row = '{row}'"
        assert found[VALUES, "allowed", "quality"].found == "Bad"
        assert found[VALUES, "not_null", "timestamp"].success

    def test_warnings_stop_nothing(self, runs: dict[str, Run]) -> None:
        mine = {k: c for k, c in runs["breached"].checks.items() if k[0] == COUNTS}
        failed = {key[1:]: check for key, check in mine.items() if not check.success}
        assert {check.severity for check in failed.values()} == {"warning"}
        assert ("range", "total_count") in failed
        rules = [check for key, check in failed.items() if key[1] == ""]
        assert rules and HASH["breach"] in rules[0].examples[0]

    def test_a_breach_stays_until_it_is_gone(self, runs: dict[str, Run]) -> None:
        run = runs["still there"]
        assert run.code == 1
        unique = run.checks[VALUES, "unique", "timestamp, tag_name"]
        assert (unique.scope, unique.evaluated, unique.unexpected) == ("whole", 104, 2)

    def test_after_a_warning_new_rows_alone_are_asked(self, runs: dict[str, Run]) -> None:
        run = runs["late"]
        assert "1 table of silver checked" in run.out
        assert run.code == 0
        mine = [c for key, c in run.checks.items() if key[0] == COUNTS]
        assert {(check.scope, check.evaluated) for check in mine} == {("new", 1)}

    def test_a_ratio_above_one_warns(self, runs: dict[str, Run]) -> None:
        run = runs["gold"]
        assert run.code == 0, run.err
        ratio = run.checks[MART, "range", "effectiveness_ratio"]
        assert (ratio.success, ratio.unexpected, ratio.found) == (False, 1, "1.2")
        assert run.checks[MART, "unique", "line_id, shift_date"].success

    def test_a_mart_with_a_key_twice_fails(self, runs: dict[str, Run]) -> None:
        run = runs["bad gold"]
        assert run.code == 1
        unique = run.checks[MART, "unique", "line_id, shift_date"]
        assert (unique.unexpected, unique.examples) == (2, (f"{HASH['first']}#7",))
        assert unique.first_row == "line_id = 'L''1' AND shift_date IS NULL"

    def test_types_and_columns_of_another_making(self, runs: dict[str, Run]) -> None:
        run = runs["types"]
        assert run.code == 1
        kind = run.checks[ALIASES, "type", "tag_name"]
        assert (kind.success, kind.found) == (False, "it is of type bigint")
        absent = run.checks[ALIASES, "not_null", "tag_alias"]
        assert (absent.success, absent.found) == (None, "there is no column tag_alias")
        (columns,) = [c for k, c in run.checks.items() if k[:2] == (ALIASES, "columns")]
        assert columns.found == "there is no column tag_alias"

    def test_counts_ages_and_patterns(self, runs: dict[str, Run]) -> None:
        run = runs["own contract"]
        assert run.code == 0, run.err
        mine = {k[1]: c for k, c in run.checks.items() if k[0].endswith("torque")}
        failed = {name for name, check in mine.items() if check.success is False}
        assert failed == {"rows", "fresh", "pattern"}
        assert mine["rows"].found == "it is 2"
        assert (mine["pattern"].found, mine["pattern"].unexpected) == ("X2", 1)
        rule = mine["only_duckdb"]
        assert (rule.success, rule.found) == (None, "the rule cannot be asked of these columns")

    def test_tables_are_never_written(self, runs: dict[str, Run], lake: Lake) -> None:
        versions = {a: DeltaTable(lake.table_uri(a)).version() for a in (VALUES, COUNTS, MART)}
        assert runs and versions == {VALUES: 1, COUNTS: 2, MART: 1}

    def test_the_pages_stand_alone(self, runs: dict[str, Run], lake: Lake) -> None:
        folder = Path(lake.uri, "docs", "expectations")
        pages = list(folder.rglob("*.html"))
        front = (folder / "index.html").read_text("utf-8")
        assert runs and len(pages) == 6, pages
        assert front.count('class="failed"') == 4
        assert f">{MART}</a>" in front
        for page in pages:
            text = page.read_text("utf-8")
            assert "http" not in text.replace("http-equiv", ""), page
            assert not re.search(r"[\s>](_rows_of_key|_finite|_holds_)", text), page

    def test_pages_say_in_words_what_icons_said(self, runs: dict[str, Run], lake: Lake) -> None:
        folder = Path(lake.uri, "docs", "expectations")
        (page,) = (folder / "validations" / MART.replace(".", "/")).rglob("*.html")
        text = page.read_text("utf-8")
        (up,) = re.findall(r'<a href="([./]+index.html)">All tables', text)
        assert runs and (page.parent / up).resolve() == (folder / "index.html").resolve()
        assert 'class="fas fa-times text-danger"' in text
        assert '.fa-times::before{content:"failed"}' in text

    def test_people_see_failures_first(self, runs: dict[str, Run], lake: Lake) -> None:
        said = CliRunner().invoke(command, ["--lake", lake.uri])
        assert runs and said.exit_code == 0, said.output
        lines = said.output.splitlines()
        assert lines[2].startswith(MART)
        assert f'casparian explain {VALUES} --where "_source_hash =' in said.output
        assert "Data docs: " in lines[-1]
        told = json.loads(CliRunner().invoke(command, ["--lake", lake.uri, "--json"]).output)
        assert (told["tables"], told["critical"] > 5, told["warnings"] > 0) == (5, True, True)
        one = CliRunner().invoke(command, ["production_counts", "--lake", lake.uri, "--every"])
        assert "1 table: 0 critical failed, 0 warnings." in one.output


def _refused(capsys: pytest.CaptureFixture[str], lake: Path, *more: str) -> str:
    code = check_tables.main(["--lake", str(lake), "--layer", "silver", *more])
    assert code == 1
    return capsys.readouterr().err.strip()


def test_a_table_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(Lake.at(tmp_path), "historian", "historian_values", [reading(1)], "first")
    said = _refused(capsys, tmp_path, "--tables", "historian_value")
    assert said == (
        "The lake has no table 'historian_value': did you mean silver_equipment.historian_values?"
    )


def test_an_empty_lake_has_nothing_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_tables.main(["--lake", str(tmp_path), "--layer", "gold"]) == 0
    assert capsys.readouterr().out.startswith("0 tables of gold checked")


def test_without_jars_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASPARIAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CASPARIAN_MANY_ROWS", "0")
    monkeypatch.setattr(check_tables, "context", lambda: None)  # its import takes seconds
    put(Lake.at(tmp_path), "historian", "historian_values", [reading(1)], "first")
    assert _refused(capsys, tmp_path).startswith("Spark cannot start: ")


def test_nobody_was_checked_yet(tmp_path: Path) -> None:
    said = CliRunner().invoke(command, ["--lake", str(tmp_path)])
    assert said.output.startswith("No table was checked yet: python -m spark_jobs.check_tables")


def test_a_job_that_is_only_imported_loads_neither_spark_nor_great_expectations(
    loads: Callable[[str], set[str]],
) -> None:
    assert not loads("spark_jobs.check_tables") & {"pyspark", "great_expectations"}


@pytest.fixture
def loads() -> Callable[[str], set[str]]:
    import subprocess
    import sys

    def names(module: str) -> set[str]:
        code = f"import sys, json, {module}; print(json.dumps(list(sys.modules)))"
        path = {"PYTHONPATH": "src:.", "PATH": ""}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=path
        )
        return {name.partition(".")[0] for name in json.loads(done.stdout)}

    return names
